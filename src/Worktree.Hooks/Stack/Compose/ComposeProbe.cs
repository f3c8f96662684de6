using System.Text.Json;
using Worktree.Hooks.Database;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>What is asked of a compose service that has no health check.</summary>
internal static class ComposeProbe
{
    /// <summary>True for any answer but 502 to 504: a proxy whose server is not there yet gives those.</summary>
    /// <param name="url">Its URL.</param>
    /// <param name="environment">The environment of the process.</param>
    /// <param name="machine">The machine whose port is asked; null for this one.</param>
    /// <param name="cancellation">The user gives up.</param>
    public static bool Answers(
        string url,
        HostEnvironment environment,
        string? machine,
        CancellationToken cancellation
    )
    {
        using var probe = new ReadyProbe(
            environment,
            Configuration.ReadyKind.Http,
            url,
            logFile: "",
            firstBadStatus: 502
        )
        {
            Machine = machine,
        };
        return probe.IsReady(cancellation);
    }

    /// <summary>True for a PostgreSQL server, told from its image or its port; what runs another program of the image is none.</summary>
    public static bool IsPostgres(ComposeService service) =>
        service.Ports.Any(p => p.Target == ContainerServer.DefaultPort)
        || (
            service.Image?.Contains("postg", StringComparison.Ordinal) == true
            && service.FirstWord("entrypoint") is null
            && service.FirstWord("command") is null or "postgres" or ['-', ..]
        );

    /// <summary>
    /// True where a PostgreSQL service has its data in a mount: the official image's folder, which from version 18 on is
    /// one of the version's below it, or PGDATA
    /// (https://github.com/docker-library/docs/blob/master/postgres/README.md#pgdata).
    /// </summary>
    public static bool HoldsData(ComposeMount mount, ComposeService service)
    {
        if (mount is not { Type: "bind" or "volume", Source: not null, Target: { } target })
        {
            return false;
        }
        var folder = target.TrimEnd('/');
        return folder is "/var/lib/postgresql" or "/var/lib/postgresql/data"
            || $"{PgData(service)}/".StartsWith(folder + "/", StringComparison.Ordinal);
    }

    private static string? PgData(ComposeService service) =>
        service.Rest?.TryGetValue("environment", out var variables) == true
        && variables.ValueKind == JsonValueKind.Object
        && variables.TryGetProperty("PGDATA", out var value)
            ? value.ToString()
            : null;
}
