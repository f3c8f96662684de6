using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>What is asked of a compose service that has no health check.</summary>
internal static class ComposeProbe
{
    /// <summary>True for any answer but 502 to 504: a proxy whose server is not there yet gives those.</summary>
    public static bool Answers(string url, HostEnvironment environment)
    {
        using var probe = new ReadyProbe(
            environment,
            Configuration.ReadyKind.Http,
            url,
            logFile: "",
            firstBadStatus: 502
        );
        return probe.IsReady();
    }

    /// <summary>True for a PostgreSQL, told from its image or its port.</summary>
    public static bool IsPostgres(ComposeService service) =>
        service.Image?.Contains("postg", StringComparison.Ordinal) == true
        || service.Ports.Any(p => p.Target == 5432);
}
