using System.IO.Enumeration;
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
        var repositories = new Dictionary<string, Func<string, bool>>(StringComparer.Ordinal);
        var dead = new List<Lease>();
        foreach (var lease in leases)
        {
            if (!repositories.TryGetValue(lease.CommonDirectory, out var isLiving))
            {
                isLiving = LivingIn(lease.CommonDirectory);
                repositories.Add(lease.CommonDirectory, isLiving);
            }
            if (!isLiving(lease.GitDirectory))
            {
                dead.Add(lease);
            }
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

    // Where the repository may not be read, nothing is known to be dead.
    private static Func<string, bool> LivingIn(string commonDirectory)
    {
        if (GonePlace.IsNothingAt(commonDirectory))
        {
            return _ => false;
        }
        var folder = Path.Combine(commonDirectory, "worktrees");
        HashSet<string> names = new(StringComparer.Ordinal);
        try
        {
            // Names alone: a list of thousands of whole paths would take most of the time of an allocation.
            names = new FileSystemEnumerable<string>(
                folder,
                (ref FileSystemEntry entry) => entry.FileName.ToString(),
                new EnumerationOptions { AttributesToSkip = FileAttributes.None } // also those that begin with a dot
            ).ToHashSet(StringComparer.Ordinal);
        }
        catch (DirectoryNotFoundException)
        {
            // A repository without linked worktrees has no such folder.
        }
        catch (UnauthorizedAccessException)
        {
            return _ => true;
        }
        var byName = names.GetAlternateLookup<ReadOnlySpan<char>>();
        return gitDirectory =>
            gitDirectory == commonDirectory
            || (
                Path.GetDirectoryName(gitDirectory.AsSpan()).SequenceEqual(folder)
                && byName.Contains(Path.GetFileName(gitDirectory.AsSpan()))
            );
    }
}
