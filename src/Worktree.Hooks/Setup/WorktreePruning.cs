using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.EnvFiles;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>A lease that was freed.</summary>
internal sealed record FreedLease(
    string ProjectName,
    string Root,
    IReadOnlyDictionary<string, int> Ports
);

/// <summary>What <c>prune</c> did, and what only git can do.</summary>
/// <param name="Freed">The leases of worktrees that git has forgotten, of all repositories of this user.</param>
/// <param name="Prunable">Worktrees of this repository whose folder is gone, which <c>git worktree prune</c> would forget.</param>
/// <param name="Removed">What was removed of such worktrees in the container engine.</param>
internal sealed record PruneReport(
    IReadOnlyList<FreedLease> Freed,
    IReadOnlyList<string> Prunable,
    IReadOnlyList<RemovedContainers> Removed
)
{
    /// <summary>The report for people.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var lease in Freed)
        {
            yield return $"freed {lease.ProjectName} ({string.Join(", ", lease.Ports.Values)}), whose worktree was '{lease.Root}'";
        }
        foreach (var removed in Removed)
        {
            yield return $"removed {removed.Summary} of '{Path.GetFileName(removed.GitDirectory)}'";
        }
        foreach (var name in Prunable)
        {
            yield return $"'{name}' has no folder any more; 'git worktree prune' makes git forget it, and its ports are then free";
        }
        if (Freed.Count + Removed.Count + Prunable.Count == 0)
        {
            yield return "nothing to prune";
        }
    }
}

/// <summary>Frees what removed worktrees left.</summary>
internal static class WorktreePruning
{
    /// <summary>
    /// Stops what still runs of worktrees that git has forgotten, frees their ports, and removes their containers,
    /// networks and volumes where an engine is at hand. It deletes no folder and never calls <c>git worktree prune</c>: a folder may be on a disk that is away.
    /// </summary>
    public static PruneReport Run(
        HostEnvironment environment,
        string folder,
        Narrator narrator,
        CancellationToken cancellation
    )
    {
        var checkout = CheckoutLocator.Locate(folder);
        var store = LeaseStore.Open(environment, checkout.CommonDirectory, narrator);
        var freed = store.Update(
            EnvFile.ReadSaved,
            table => LeaseAllocator.FreeDeadLeases(table, narrator)
        );
        var prunable = WorktreeList
            .Linked(checkout.CommonDirectory)
            .Where(w => w.IsPrunable)
            .Select(w => w.Name);
        return new PruneReport(
            [.. freed.Select(l => new FreedLease(l.ProjectName, l.Root, l.Ports))],
            [.. prunable],
            RemoveContainers(environment, freed, narrator, cancellation)
        );
    }

    private static List<RemovedContainers> RemoveContainers(
        HostEnvironment environment,
        IReadOnlyList<Lease> freed,
        Narrator narrator,
        CancellationToken cancellation
    )
    {
        using var engine = WorktreeContainers.TryConnect(environment, out var reason, cancellation);
        if (engine is null)
        {
            foreach (var lease in freed.Where(l => l.HasContainers))
            {
                WorktreeContainers.WarnOfLeft(lease, reason, narrator);
            }
            return [];
        }
        try
        {
            return
            [
                .. WorktreeContainers
                    .Gone(engine, cancellation)
                    .Union(freed.Where(l => l.HasContainers).Select(l => l.GitDirectory))
                    .Select(d =>
                        WorktreeContainers.Remove(engine, d, withVolumes: true, cancellation)
                    )
                    .Where(r => !r.IsEmpty),
            ];
        }
        catch (EngineException e)
        {
            throw EngineErrors.Of(e, "the removal of what worktrees left");
        }
    }
}
