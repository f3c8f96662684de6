using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>
/// The private git dirs that a worktree has had before its repository was moved: what it made in an engine is labelled with
/// them, and labels cannot be changed. They stand in <c>worktree-hooks/places</c> in the private git dir, which moves with
/// the repository.
/// </summary>
internal static class FormerPlaces
{
    /// <summary>Notes where the worktree is now, before something gets its label. Killed at any moment, it has or has not.</summary>
    public static void Note(string gitDirectory)
    {
        var known = Read(gitDirectory);
        if (known.Contains(gitDirectory, RealPath.Comparer))
        {
            return;
        }
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(FileOf(gitDirectory))!);
            AtomicFile.WriteText(
                FileOf(gitDirectory),
                string.Join('\n', known.Append(gitDirectory)) + "\n"
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Only a repository that will be moved needs it; the next start tries again.
        }
    }

    /// <summary>
    /// The places that it was at and where nothing is now. Where another repository is, that one may be the original, and
    /// this one its copy.
    /// </summary>
    public static IReadOnlyList<string> Of(string gitDirectory) =>
        [
            .. Read(gitDirectory)
                .Where(p =>
                    !string.Equals(p, gitDirectory, RealPath.Comparison) && GonePlace.IsNothingAt(p)
                ),
        ];

    private static string[] Read(string gitDirectory)
    {
        try
        {
            return File.ReadAllText(FileOf(gitDirectory))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string FileOf(string gitDirectory) =>
        Path.Combine(gitDirectory, "worktree-hooks", "places");
}
