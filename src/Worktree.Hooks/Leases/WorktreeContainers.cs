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

    /// <summary>How long containers of a worktree that goes may take to stop.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

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
    /// <param name="unnamed">The worktree's volumes without a name that no container has any more: nothing labels them.</param>
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
        // An engine removes none that a container got by its name, as Compose hands on those of the container before.
        var mounted =
            withVolumes && containers.Any(c => c.Mounts.Any(m => m.Volume is not null))
                ? UnnamedVolumes.Of(containers, engine.Volumes(cancellation))
                : [];
        Each(containers, c => engine.Remove(c.Id, cancellation, withVolumes));
        var networks = engine.Networks(cancellation, label);
        Each(networks, n => engine.RemoveNetwork(n.Id, cancellation));
        var volumes = withVolumes ? engine.Volumes(cancellation, label) : [];
        Each(volumes, v => engine.RemoveVolume(v.Id, cancellation));
        var others = UnnamedVolumes.Remove(engine, [.. mounted, .. unnamed ?? []], cancellation);
        return new RemovedContainers(
            gitDirectory,
            [.. containers.Select(c => c.Name)],
            [.. networks.Select(n => n.Name)],
            [.. volumes.Select(v => v.Name), .. others]
        );
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
