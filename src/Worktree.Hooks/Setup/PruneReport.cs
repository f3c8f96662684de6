using System.Text.Json.Serialization;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;

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
/// <param name="Elsewhere">What such worktrees have in engines that are not at hand, and is kept in mind.</param>
/// <param name="Unseen">What worktrees of repositories that cannot be seen have in the engine at hand: it stays, and is kept in mind.</param>
internal sealed record PruneReport(
    IReadOnlyList<FreedLease> Freed,
    IReadOnlyList<string> Prunable,
    IReadOnlyList<RemovedContainers> Removed,
    IReadOnlyList<Remains> Elsewhere,
    IReadOnlyList<Remains> Unseen
)
{
    /// <summary>Why something could not be removed; everything else is done all the same.</summary>
    [JsonIgnore]
    public WorktreeHooksException? Trouble { get; init; }

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
        var count = Freed.Count + Removed.Count + Prunable.Count + Elsewhere.Count + Unseen.Count;
        if (count == 0 && Trouble is null)
        {
            yield return "nothing to prune";
        }
    }
}
