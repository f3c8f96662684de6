using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>What a container engine holds of worktrees: everything that a stack makes there is labelled with its worktree.</summary>
internal static class WorktreeContainers
{
    /// <summary>The label; its value is the private git dir.</summary>
    public const string Label = "worktree-hooks.worktree";

    /// <summary>Our label with the service's name, of containers that no compose file names.</summary>
    public const string ServiceLabel = "worktree-hooks.service";

    /// <summary>Compose's label with the service's name.</summary>
    public const string ComposeServiceLabel = "com.docker.compose.service";

    /// <summary>The labels of what a worktree has in the engine.</summary>
    public static Dictionary<string, string> LabelsOf(string gitDirectory) =>
        new(StringComparer.Ordinal) { [Label] = gitDirectory };

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Every container of a worktree.</summary>
    /// <exception cref="EngineException">The engine does not answer.</exception>
    public static IReadOnlyList<EngineContainer> Of(
        ContainerEngine engine,
        string gitDirectory,
        CancellationToken cancellation
    ) => engine.Containers(cancellation, $"{Label}={gitDirectory}");

    /// <summary>The containers of a worktree's services; what "docker compose run" leaves is none.</summary>
    /// <exception cref="EngineException">The engine does not answer.</exception>
    public static IEnumerable<EngineContainer> ServicesOf(
        ContainerEngine engine,
        string gitDirectory,
        CancellationToken cancellation
    ) => Of(engine, gitDirectory, cancellation).Where(IsService);

    /// <summary>True for the container of a service.</summary>
    public static bool IsService(EngineContainer container) =>
        container.Label("com.docker.compose.oneoff") is not "True";

    /// <summary>The service that a container is of.</summary>
    public static string ServiceOf(EngineContainer container) =>
        container.Label(ComposeServiceLabel) ?? container.Label(ServiceLabel) ?? container.Name;

    /// <summary>The engine, where there is one and it answers; else null and the reason.</summary>
    public static ContainerEngine? TryConnect(
        HostEnvironment environment,
        out string reason,
        CancellationToken cancellation
    )
    {
        try
        {
            reason = "";
            return ContainerEngine.Connect(environment, cancellation);
        }
        catch (EngineException e)
        {
            reason = e.Message;
            return null;
        }
    }

    /// <summary>Stops the containers of worktrees that are gone, and says so. They are kept for <c>prune</c>: stopping loses nothing.</summary>
    public static void StopThoseOf(
        IReadOnlyList<Lease> gone,
        HostEnvironment environment,
        Narrator narrator
    )
    {
        using var engine = TryConnect(environment, out var reason, CancellationToken.None);
        RemainsElsewhere.Warn(
            gone.SelectMany(l => l.Remains)
                .Where(r => r.ToUse().IsRemote && r.Engine != engine?.Address),
            engine,
            reason,
            narrator
        );
        foreach (
            var lease in gone.Where(l =>
                l.HasContainers && (engine is not null || !l.HasRemoteEngine)
            )
        )
        {
            try
            {
                var stopped = engine is null
                    ? throw new EngineException(EngineFault.Unreachable, reason)
                    : Stop(engine, lease.GitDirectory);
                if (stopped.Count > 0)
                {
                    narrator.Say(
                        $"stopped the containers {string.Join(", ", stopped)} of '{lease.ProjectName}', whose worktree is "
                            + $"gone ('{lease.Root}'); 'dotnet worktree prune' removes them"
                    );
                }
            }
            catch (EngineException e)
            {
                WarnOfLeft(lease, e.Message, narrator);
            }
        }
    }

    /// <summary>WTH5055: nobody knows whether they still run.</summary>
    public static void WarnOfLeft(Lease lease, string reason, Narrator narrator) =>
        narrator.Warn(
            new Diagnostic(
                ErrorCatalogue.ContainersLeft,
                $"'{lease.ProjectName}' had containers, and its worktree ('{lease.Root}') is gone; they may still run: "
                    + $"{reason}. Start the engine, then 'dotnet worktree prune' removes them."
            )
        );

    /// <summary>
    /// Stops containers, each within the time that it was made with, as it may be a database, and removes them; also
    /// their volumes without a name where that is wanted.
    /// </summary>
    /// <exception cref="EngineException">The engine refused; what it removed before stays removed.</exception>
    public static void End(
        ContainerEngine engine,
        IReadOnlyList<EngineContainer> containers,
        bool withVolumes,
        CancellationToken cancellation
    ) =>
        Each(
            containers,
            container =>
            {
                if (container.IsRunning)
                {
                    engine.Stop(container.Id, patience: null, cancellation);
                }
                engine.Remove(container.Id, cancellation, withVolumes);
            }
        );

    /// <summary>Removes what the engine has of a worktree; volumes hold data and go only where it is wanted.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="gitDirectory">The private git dir that the worktree's things are labelled with.</param>
    /// <param name="withVolumes">True where volumes go too.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="unnamed">The worktree's volumes without a name, which have no label.</param>
    /// <exception cref="EngineException">The engine refused; what it removed before stays removed.</exception>
    public static RemovedContainers Remove(
        ContainerEngine engine,
        string gitDirectory,
        bool withVolumes,
        CancellationToken cancellation,
        IReadOnlyList<string>? unnamed = null
    )
    {
        var label = $"{Label}={gitDirectory}";
        var containers = engine.Containers(cancellation, label);
        // In parallel: one that does not listen to SIGTERM takes its time.
        Each(containers.Where(c => c.IsRunning), c => engine.Stop(c.Id, Patience, cancellation));
        Each(containers, c => engine.Remove(c.Id, cancellation));
        var networks = engine.Networks(cancellation, label);
        Each(networks, n => engine.RemoveNetwork(n.Id, cancellation));
        var volumes = withVolumes ? engine.Volumes(cancellation, label) : [];
        Each(volumes, v => engine.RemoveVolume(v.Id, cancellation));
        var others = UnnamedVolumes.Remove(engine, unnamed ?? [], cancellation);
        return new RemovedContainers(
            gitDirectory,
            [.. containers.Select(c => c.Name)],
            [.. networks.Select(n => n.Name)],
            [.. volumes.Select(v => v.Name), .. others]
        );
    }

    /// <summary>
    /// The private git dirs that something in the engine is labelled with and that git has deleted. Only where the
    /// repository itself can be seen: from inside another container, or for another machine, nothing is known to be gone.
    /// </summary>
    public static IReadOnlyList<string> Gone(ContainerEngine engine, CancellationToken cancellation)
    {
        if (engine.IsRemote)
        {
            return [];
        }
        var labels = engine
            .Containers(cancellation, Label)
            .Select(c => c.Labels)
            .Concat(engine.Networks(cancellation, Label).Select(n => n.Labels))
            .Concat(engine.Volumes(cancellation, Label).Select(v => v.Labels));
        return
        [
            .. labels
                .Select(l => l[Label])
                .Distinct(StringComparer.Ordinal)
                .Where(d => !Directory.Exists(d) && IsInSeenRepository(d)),
        ];
    }

    // COMMONDIR/worktrees/NAME: git deletes "worktrees" with the last one.
    private static bool IsInSeenRepository(string gitDirectory) =>
        Path.GetDirectoryName(gitDirectory) is { } worktrees
        && Path.GetFileName(worktrees) == "worktrees"
        && File.Exists(Path.Combine(Path.GetDirectoryName(worktrees)!, "HEAD"));

    private static List<string> Stop(ContainerEngine engine, string gitDirectory)
    {
        var running = Of(engine, gitDirectory, CancellationToken.None)
            .Where(c => c.IsRunning)
            .ToList();
        Each(running, c => engine.Stop(c.Id, Patience, CancellationToken.None));
        return [.. running.Select(c => c.Name)];
    }

    /// <summary>Does it for all at once, and throws the first trouble when all have answered.</summary>
    public static void Each<T>(IEnumerable<T> items, Action<T> act)
    {
        var faults = new ConcurrentQueue<Exception>();
        Parallel.ForEach(
            items,
            item =>
            {
                try
                {
                    act(item);
                }
                catch (Exception e)
                    when (e
                            is EngineException
                                or WorktreeHooksException
                                or OperationCanceledException
                    )
                {
                    faults.Enqueue(e);
                }
            }
        );
        if (faults.TryDequeue(out var first))
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }
}
