using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;

namespace Worktree.Hooks.Leases;

/// <summary>WTH2001: names the range that is used up, who holds how many of it, and what to do.</summary>
internal static class PortAllocationError
{
    /// <summary>The error for one variable.</summary>
    /// <param name="variable">The variable whose range is used up.</param>
    /// <param name="others">The leases of everybody else.</param>
    public static WorktreeHooksException For(PortVariable variable, IEnumerable<Lease> others)
    {
        var range = variable.Range;
        var holders = others
            .Select(l => (l.CommonDirectory, Count: l.Ports.Values.Count(range.Contains)))
            .Where(h => h.Count > 0)
            .GroupBy(h => h.CommonDirectory, h => h.Count, StringComparer.Ordinal)
            .Select(g => (Repository: g.Key, Count: g.Sum()))
            .OrderByDescending(h => h.Count)
            .ToList();
        var leased = holders.Sum(h => h.Count);
        var evidence = holders
            .Take(5)
            .Select(h => $"{h.Count} by worktrees of '{Describe(h.Repository)}'")
            .ToList();
        if (leased < range.Count)
        {
            evidence.Add($"{range.Count - leased} by other programs or main ports");
        }
        return new WorktreeHooksException(
            ErrorCatalogue.PortAllocationError,
            $"'{variable.Name}' has no free port: all {range.Count} of {range} are taken, "
                + $"{string.Join(", ", evidence)}. Remove worktrees that are no longer needed ('git worktree remove', "
                + $"'git worktree prune'), or widen \"range\" of '{variable.Name}' in worktree.json."
        );
    }

    private static string Describe(string commonDirectory) =>
        WorktreeList.MainRoot(commonDirectory) ?? commonDirectory;
}
