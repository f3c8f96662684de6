using System.Net;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>The containers of one worktree's compose project: found by Compose's labels, never by their names.</summary>
internal sealed class ComposeStack(
    ContainerEngine engine,
    PreparedCompose prepared,
    Narrator narrator,
    CancellationToken cancellation
)
{
    /// <summary>Compose's label with the project's name.</summary>
    public const string ProjectLabel = "com.docker.compose.project";

    /// <summary>Compose's label with the service's name.</summary>
    public const string ServiceLabel = "com.docker.compose.service";

    private readonly HashSet<string> oneShots =
    [
        .. prepared
            .Enabled.SelectMany(s => s.Value.DependsOn)
            .Where(d => d.Value.Condition == "service_completed_successfully")
            .Select(d => d.Key),
    ];

    /// <summary>The project's containers, also those that have ended.</summary>
    public IReadOnlyList<EngineContainer> Containers =>
        engine.Containers(cancellation, $"{ProjectLabel}={prepared.Call.ProjectName}");

    /// <summary>The services that run now.</summary>
    public IReadOnlySet<string> Running =>
        Containers.Where(c => c.IsRunning).Select(ServiceOf).ToHashSet(StringComparer.Ordinal);

    /// <summary>True where every service runs, or has done its one step, as the files say now.</summary>
    public bool IsComplete()
    {
        var containers = Containers.ToLookup(ServiceOf, StringComparer.Ordinal);
        var hashes = Hashes();
        return prepared.Enabled.Any()
            && prepared.Enabled.All(s =>
                containers[s.Key].Any()
                && containers[s.Key]
                    .All(c =>
                        c.Label("com.docker.compose.config-hash") == hashes.GetValueOrDefault(s.Key)
                        && (c.IsRunning ? IsHealthy(c) : HasDoneItsStep(s.Key, s.Value, c))
                    )
            );
    }

    /// <summary>Creates and starts what is missing; what runs as the files say is left.</summary>
    /// <returns>False where a port was taken meanwhile.</returns>
    /// <exception cref="WorktreeHooksException">WTH5002: a step failed. WTH5035: anything else.</exception>
    public bool Up()
    {
        var answer = prepared.Call.Run(cancellation, "up", "--detach");
        if (answer.ExitCode == 0)
        {
            return true;
        }
        if (EngineWords.FaultOf(HttpStatusCode.OK, answer.ErrorOutput) == EngineFault.PortTaken)
        {
            return false;
        }
        foreach (var container in Containers.Where(c => c.State == "exited"))
        {
            if (engine.Inspect(container.Id, cancellation).ExitCode is not 0 and var exitCode)
            {
                throw Ended(container, exitCode);
            }
        }
        throw new WorktreeHooksException(
            ErrorCatalogue.ComposeStartFailed,
            $"'docker compose up' failed: {ComposeOutput.Complaint(answer.ErrorOutput)}. What it had started was stopped "
                + "again. Mend what it names and start again."
        );
    }

    /// <summary>Waits until each service is ready: its health check, pg_isready, an answer on its URL, or its end with 0.</summary>
    /// <param name="urls">The URLs that are known, by host port.</param>
    /// <param name="patience">How long to wait for all of them.</param>
    /// <param name="environment">The clock.</param>
    /// <exception cref="WorktreeHooksException">WTH5002: one ended. WTH5003: one is unhealthy, or it takes too long.</exception>
    public void AwaitReady(
        IReadOnlyDictionary<int, string> urls,
        TimeSpan patience,
        HostEnvironment environment
    )
    {
        var open = prepared.Enabled.ToDictionary(StringComparer.Ordinal);
        var since = environment.Clock.GetTimestamp();
        while (open.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var container in Containers)
            {
                if (
                    open.TryGetValue(ServiceOf(container), out var service)
                    && IsReady(container, service, urls, environment)
                )
                {
                    open.Remove(ServiceOf(container));
                    narrator.Say(
                        container.IsRunning
                            ? $"{ServiceOf(container)} is ready"
                            : $"{ServiceOf(container)} is done"
                    );
                }
            }
            if (open.Count > 0 && environment.Clock.GetElapsedTime(since) > patience)
            {
                throw new WorktreeHooksException(
                    ErrorCatalogue.ServiceNotReady,
                    $"service '{open.Keys.First()}' of the compose file was not ready after {patience.TotalSeconds:0} s."
                        + $"{LastLines(open.Keys.First())} It was stopped again. Mend it or its health check."
                );
            }
            cancellation.WaitHandle.WaitOne(open.Count > 0 ? 100 : 0);
        }
    }

    /// <summary>Takes away what runs now and did not before.</summary>
    public void TakeBack(IReadOnlySet<string> ranBefore)
    {
        if (ranBefore.Count == 0)
        {
            prepared.Call.Run("down");
            return;
        }
        var started = prepared.Enabled.Select(s => s.Key).Where(s => !ranBefore.Contains(s));
        prepared.Call.Run(["rm", "--stop", "--force", .. started]);
    }

    private bool IsReady(
        EngineContainer container,
        ComposeService service,
        IReadOnlyDictionary<int, string> urls,
        HostEnvironment environment
    )
    {
        var name = ServiceOf(container);
        if (!container.IsRunning)
        {
            if (HasDoneItsStep(name, service, container))
            {
                return true;
            }
            var end = engine.Inspect(container.Id, cancellation);
            return container.State == "exited" ? throw Ended(container, end.ExitCode) : false;
        }
        if (oneShots.Contains(name) || container.State == "restarting")
        {
            return false;
        }
        var details = engine.Inspect(container.Id, cancellation);
        if (details.Health == "unhealthy")
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.ServiceNotReady,
                $"service '{name}' is unhealthy: its health check says '{details.HealthOutput}'.{LastLines(name)} It was "
                    + "stopped again. Mend it or its health check in the compose file."
            );
        }
        if (details.Health is not null)
        {
            return details.Health == "healthy";
        }
        if (ComposeProbe.IsPostgres(service))
        {
            return PostgresAnswers(container);
        }
        var url = container
            .Ports.Select(p => urls.GetValueOrDefault(p.HostPort))
            .FirstOrDefault(u => u is not null);
        return url is null || ComposeProbe.Answers(url, environment);
    }

    // By TCP: while the image initialises the cluster, a server answers on the socket alone.
    private bool PostgresAnswers(EngineContainer container)
    {
        try
        {
            var answer = engine.Exec(
                container.Id,
                ["pg_isready", "--quiet", "--host=127.0.0.1"],
                cancellation
            );
            return answer.ExitCode is 0 or 126 or 127; // the last two: there is no pg_isready
        }
        catch (EngineException)
        {
            return false; // it ended meanwhile, which the next look shows
        }
    }

    private bool IsHealthy(EngineContainer container) =>
        engine.Inspect(container.Id, cancellation).Health is null or "healthy";

    private bool HasDoneItsStep(string name, ComposeService service, EngineContainer container) =>
        container.State == "exited"
        && (
            oneShots.Contains(name)
            || (service is { Restart: null or "no", Ports.Count: 0, HasHealthcheck: false })
        )
        && engine.Inspect(container.Id, cancellation).ExitCode == 0;

    private Dictionary<string, string> Hashes() =>
        prepared
            .Call.Run("config", "--hash", "*")
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .Where(words => words.Length == 2)
            .ToDictionary(words => words[0], words => words[1], StringComparer.Ordinal);

    private WorktreeHooksException Ended(EngineContainer container, long exitCode) =>
        new(
            ErrorCatalogue.ServiceFailed,
            $"service '{ServiceOf(container)}' of the compose file ended with exit code {exitCode}."
                + $"{LastLines(ServiceOf(container))} What was started with it was stopped again. Mend it and start again."
        );

    private string LastLines(string service)
    {
        var container = Containers.FirstOrDefault(c => ServiceOf(c) == service);
        var lines = container is null ? [] : engine.LastLines(container.Id, 10, cancellation);
        return lines.Count == 0
            ? " It wrote nothing."
            : $" It said last:\n  {string.Join("\n  ", lines)}\n ";
    }

    private static string ServiceOf(EngineContainer container) =>
        container.Label(ServiceLabel) ?? "";
}
