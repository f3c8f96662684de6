using System.Globalization;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>
/// The private git dirs that a worktree has had before its repository was moved: what it made in an engine is labelled with
/// them, and labels cannot be changed. They stand in <c>worktree-hooks/places</c> in the private git dir, which moves with
/// the repository; a line is the folder's inode and its path. A move keeps the inode and a copy has its own, so that a copy
/// takes nothing of the original; a move to another file system is a copy.
/// </summary>
internal static class FormerPlaces
{
    /// <summary>Notes where the worktree is now, before something gets its label. Killed at any moment, it has or has not.</summary>
    public static void Note(string gitDirectory)
    {
        try
        {
            // One that git has deleted meanwhile must not be there again.
            if (InodeOf(gitDirectory) is not { } inode)
            {
                return;
            }
            var file = FileOf(gitDirectory);
            var known = File.Exists(file) ? File.ReadAllText(file) : "";
            var line = $"{inode} {gitDirectory}";
            if (!known.Split('\n').Contains(line, StringComparer.Ordinal))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                AtomicFile.WriteText(file, $"{known}{line}\n");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Only a repository that will be moved needs it; the next start tries again.
        }
    }

    /// <summary>The places that it was at before.</summary>
    public static IReadOnlyList<string> Of(string gitDirectory)
    {
        try
        {
            var file = FileOf(gitDirectory);
            if (!File.Exists(file) || InodeOf(gitDirectory) is not { } inode)
            {
                return [];
            }
            return
            [
                .. File.ReadAllText(file)
                    .Split('\n')
                    .Where(l => l.StartsWith($"{inode} ", StringComparison.Ordinal))
                    .Select(l => l[(inode.Length + 1)..])
                    .Where(p => !string.Equals(p, gitDirectory, RealPath.Comparison)),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Those of all these worktrees.</summary>
    public static HashSet<string> OfAll(IEnumerable<string> gitDirectories) =>
        gitDirectories.Distinct(StringComparer.Ordinal).SelectMany(Of).ToHashSet(RealPath.Comparer);

    private static string? InodeOf(string gitDirectory) =>
        FileStat.TryOf(gitDirectory)?.Inode.ToString(CultureInfo.InvariantCulture);

    private static string FileOf(string gitDirectory) =>
        Path.Combine(gitDirectory, "worktree-hooks", "places");
}
