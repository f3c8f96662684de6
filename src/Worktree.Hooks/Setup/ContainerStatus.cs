using System.Collections.Concurrent;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>The containers of all worktrees at one moment, as services; one question to the engine, and one for each that runs.</summary>
internal sealed class ContainerStatus
{
    private static readonly ContainerStatus None = new([]);

    private readonly ILookup<string, ServiceRow> byGitDirectory;

    private ContainerStatus(IEnumerable<(string GitDirectory, ServiceRow Row)> rows) =>
        byGitDirectory = rows.ToLookup(r => r.GitDirectory, r => r.Row, StringComparer.Ordinal);

    /// <summary>Asks the engine, but only where one of the worktrees ever had containers.</summary>
    /// <param name="environment">The environment of the process.</param>
    /// <param name="worktrees">The worktrees.</param>
    /// <param name="idleSince">What was started and last wrote before that is idle: nobody asks when it did.</param>
    /// <param name="narrator">Is told where the engine does not answer.</param>
    public static ContainerStatus Query(
        HostEnvironment environment,
        IReadOnlyList<WorktreeRow> worktrees,
        DateTimeOffset idleSince,
        Narrator narrator
    )
    {
        var wanted = worktrees
            .Where(w => w.HasContainers)
            .Select(w => w.Checkout.GitDirectory)
            .ToHashSet(StringComparer.Ordinal);
        if (wanted.Count == 0)
        {
            return None;
        }
        using var engine = WorktreeContainers.TryConnect(
            environment,
            out var reason,
            CancellationToken.None
        );
        if (engine is null)
        {
            narrator.Say($"the state of containers is not known: {reason}");
            return None;
        }
        try
        {
            return new ContainerStatus(RowsOf(engine, wanted, idleSince));
        }
        catch (EngineException e)
        {
            narrator.Say($"the state of containers is not known: {e.Message}");
            return None;
        }
    }

    /// <summary>The ports that the containers of a worktree publish now; none where it never had any, or no engine answers.</summary>
    public static IReadOnlySet<int> PortsOf(
        HostEnvironment environment,
        Checkout checkout,
        Narrator narrator
    )
    {
        if (LeaseStore.Find(environment, checkout, narrator) is not { HasContainers: true })
        {
            return new HashSet<int>();
        }
        try
        {
            using var engine = ContainerEngine.Connect(environment, CancellationToken.None);
            return WorktreeContainers
                .ServicesOf(engine, checkout.GitDirectory, CancellationToken.None)
                .SelectMany(c => c.Ports)
                .Select(p => p.HostPort)
                .ToHashSet();
        }
        catch (EngineException)
        {
            return new HashSet<int>(); // then none of them listens
        }
    }

    /// <summary>The services of one worktree that are containers, in the order of their names.</summary>
    public IEnumerable<ServiceRow> Of(string gitDirectory) =>
        byGitDirectory[gitDirectory].OrderBy(r => r.Name, StringComparer.Ordinal);

    private static ConcurrentBag<(string, ServiceRow)> RowsOf(
        ContainerEngine engine,
        HashSet<string> wanted,
        DateTimeOffset idleSince
    )
    {
        var rows = new ConcurrentBag<(string, ServiceRow)>();
        var containers = engine
            .Containers(CancellationToken.None, WorktreeContainers.Label)
            .Where(c => wanted.Contains(c.Label(WorktreeContainers.Label)!))
            .Where(WorktreeContainers.IsService);
        try
        {
            Parallel.ForEach(
                containers,
                c =>
                {
                    if (RowOf(engine, c, idleSince) is { } row)
                    {
                        rows.Add((c.Label(WorktreeContainers.Label)!, row));
                    }
                }
            );
        }
        catch (AggregateException e) when (e.InnerException is EngineException inner)
        {
            throw new EngineException(inner.Fault, inner.Message, e);
        }
        return rows;
    }

    private static ServiceRow? RowOf(
        ContainerEngine engine,
        EngineContainer container,
        DateTimeOffset idleSince
    )
    {
        var name = WorktreeContainers.ServiceOf(container);
        try
        {
            var details = engine.Inspect(container.Id, CancellationToken.None);
            var hasStarted = details.StartedAt.Year > 1; // the engine's zero is the year 1
            // A migration ends with 0 and publishes nothing; what publishes a port is meant to run on.
            var word = !details.IsRunning
                ? container.State is "exited" && details is { ExitCode: 0, Ports.Count: 0 }
                    ? "done"
                    : "stopped"
                : details.Health is "unhealthy"
                    ? "unhealthy"
                    : "running";
            return new ServiceRow(
                name,
                word,
                ProcessId: null,
                hasStarted ? details.StartedAt : null,
                details.IsRunning ? engine.MemoryOf(container.Id, CancellationToken.None) : null,
                Log: null,
                container.Name,
                // One that was started since is not idle anyway.
                details.IsRunning
                && details.StartedAt < idleSince
                    ? engine.LastLineAt(container.Id, idleSince, CancellationToken.None)
                    : null
            );
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            return null; // removed in this moment
        }
    }
}
