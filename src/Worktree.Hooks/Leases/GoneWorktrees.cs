using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>Worktrees that are gone, of which an engine may have something left.</summary>
internal static class GoneWorktrees
{
    /// <summary>Stops the containers of worktrees that are gone, and says so. They are kept for <c>prune</c>: stopping loses nothing.</summary>
    public static void StopContainersOf(
        IReadOnlyList<Lease> gone,
        HostEnvironment environment,
        Narrator narrator
    )
    {
        using var engine = WorktreeContainers.TryConnect(
            environment,
            out var reason,
            CancellationToken.None
        );
        RemainsElsewhere.Warn(
            gone.SelectMany(l => l.Remains)
                .Where(r => r.ToUse().IsRemote && r.Engine != engine?.Address),
            engine,
            reason,
            narrator
        );
        foreach (
            var lease in gone.Where(l =>
                l.HasContainers && (engine is null ? !l.HasRemoteEngine : IsToStop(l, engine))
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
                            + $"gone ('{lease.Root}'); 'dotnet worktree prune' {Removes(lease)}"
                    );
                }
            }
            catch (EngineException e)
            {
                WarnOfLeft(lease, e.Message, narrator);
            }
        }
    }

    // On another machine, another user's worktree may have the same label.
    private static bool IsToStop(Lease lease, ContainerEngine engine) =>
        !engine.IsRemote || lease.Engines.Any(e => e.Engine == engine.Address);

    private static string Removes(Lease lease) =>
        IsInSeenRepository(lease.GitDirectory)
            ? "removes them"
            : $"tells how to remove them, as nothing is at '{lease.CommonDirectory}' any more";

    /// <summary>WTH5055: nobody knows whether they still run.</summary>
    public static void WarnOfLeft(Lease lease, string reason, Narrator narrator) =>
        narrator.Warn(
            new Diagnostic(
                ErrorCatalogue.ContainersLeft,
                $"'{lease.ProjectName}' had containers, and its worktree ('{lease.Root}') is gone; they may still run: "
                    + $"{reason}. Start the engine, then 'dotnet worktree prune' {Removes(lease)}."
            )
        );

    /// <summary>
    /// The private git dirs that something in the engine is labelled with and that git has deleted. Only where the
    /// repository itself can be seen: from inside another container, or for another machine, nothing is known to be gone.
    /// </summary>
    public static IReadOnlyList<string> LabelledIn(
        ContainerEngine engine,
        CancellationToken cancellation
    )
    {
        if (engine.IsRemote)
        {
            return [];
        }
        var labels = engine
            .Containers(cancellation, WorktreeContainers.Label)
            .Select(c => c.Labels)
            .Concat(engine.Networks(cancellation, WorktreeContainers.Label).Select(n => n.Labels))
            .Concat(engine.Volumes(cancellation, WorktreeContainers.Label).Select(v => v.Labels));
        return
        [
            .. labels
                .Select(l => l[WorktreeContainers.Label])
                .Distinct(StringComparer.Ordinal)
                .Where(d => GonePlace.IsNothingAt(d) && IsInSeenRepository(d)),
        ];
    }

    /// <summary>
    /// True where the repository of a linked worktree is there, so that a private git dir that is not there was deleted by
    /// git; never for main's.
    /// </summary>
    // COMMONDIR/worktrees/NAME: git deletes "worktrees" with the last one.
    public static bool IsInSeenRepository(string gitDirectory) =>
        Remains.CommonDirectoryOf(gitDirectory) is var common
        && common != gitDirectory
        && File.Exists(Path.Combine(common, "HEAD"));

    /// <summary>True where a work tree is at this folder.</summary>
    public static bool HasWorkTree(string root) => Path.Exists(Path.Combine(root, ".git"));

    private static List<string> Stop(ContainerEngine engine, string gitDirectory)
    {
        var running = WorktreeContainers
            .Of(engine, gitDirectory, CancellationToken.None)
            .Where(c => c.IsRunning)
            .ToList();
        WorktreeContainers.Each(
            running,
            c => engine.Stop(c.Id, WorktreeContainers.Patience, CancellationToken.None)
        );
        return [.. running.Select(c => c.Name)];
    }
}
