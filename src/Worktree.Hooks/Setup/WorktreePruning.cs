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
internal sealed record PruneReport(IReadOnlyList<FreedLease> Freed, IReadOnlyList<string> Prunable)
{
    /// <summary>The report for people.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var lease in Freed)
        {
            yield return $"freed {lease.ProjectName} ({string.Join(", ", lease.Ports.Values)}), whose worktree was '{lease.Root}'";
        }
        foreach (var name in Prunable)
        {
            yield return $"'{name}' has no folder any more; 'git worktree prune' makes git forget it, and its ports are then free";
        }
        if (Freed.Count == 0 && Prunable.Count == 0)
        {
            yield return "nothing to prune";
        }
    }
}

/// <summary>Frees what removed worktrees left.</summary>
internal static class WorktreePruning
{
    /// <summary>
    /// Stops what still runs of worktrees that git has forgotten and frees their ports. It deletes no folder and never
    /// calls <c>git worktree prune</c>: a folder may be on a disk that is away.
    /// </summary>
    public static PruneReport Run(HostEnvironment environment, string folder, Narrator narrator)
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
            [.. prunable]
        );
    }
}
