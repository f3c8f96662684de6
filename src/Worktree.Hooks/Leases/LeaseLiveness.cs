using Worktree.Hooks.Git;

namespace Worktree.Hooks.Leases;

/// <summary>
/// Tells living leases from dead ones. A lease lives as long as the worktree's private git dir, which git itself
/// deletes on <c>git worktree remove</c> and <c>git worktree prune</c> (git-worktree(1)).
/// </summary>
internal static class LeaseLiveness
{
    /// <summary>The leases whose private git dir is gone: one look at each repository's list of worktrees, not at each lease.</summary>
    public static IReadOnlyList<Lease> Dead(IEnumerable<Lease> leases)
    {
        var dead = new List<Lease>();
        foreach (var repository in leases.GroupBy(l => l.CommonDirectory, StringComparer.Ordinal))
        {
            var living = PrivateGitDirectories(repository.Key);
            dead.AddRange(
                repository.Where(l => living is not null && !living.Contains(l.GitDirectory))
            );
        }
        return dead;
    }

    /// <summary>True where the worktree's folder is gone and nobody locked it: its lease may be reclaimed when ports run out.</summary>
    public static bool IsAbandoned(Lease lease) =>
        lease.GitDirectory != lease.CommonDirectory
        && !Path.Exists(lease.Root)
        && WorktreeList
            .Linked(lease.CommonDirectory)
            .FirstOrDefault(w => w.GitDirectory == lease.GitDirectory)
            is { IsPrunable: true };

    // Null where the repository may not be read: then nothing is known to be dead.
    private static HashSet<string>? PrivateGitDirectories(string commonDirectory)
    {
        var living = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            if (Directory.Exists(commonDirectory))
            {
                living.Add(commonDirectory);
                living.UnionWith(
                    Directory.EnumerateDirectories(Path.Combine(commonDirectory, "worktrees"))
                );
            }
        }
        catch (DirectoryNotFoundException)
        {
            // A repository without linked worktrees has no such folder.
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
        return living;
    }
}
