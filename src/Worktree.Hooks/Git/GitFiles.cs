using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Git;

/// <summary>
/// Reads the plain files by which git links a work tree to its repository (gitrepository-layout(5)). It answers for
/// the repositories that LibGit2Sharp refuses: sha256, reftable, <c>relativeWorktrees</c>, foreign ownership.
/// </summary>
internal static class GitFiles
{
    private const string GitDirPrefix = "gitdir: ";
    private const string BranchPrefix = "refs/heads/";

    /// <summary>
    /// The git dir of a work tree's root: <c>.git</c> itself, or what a <c>.git</c> file names, relative to that file.
    /// Null where the folder has no <c>.git</c>, or it names nothing that is a git dir.
    /// </summary>
    public static string? GitDirectoryOf(string root)
    {
        var dotGit = Path.Combine(root, ".git");
        if (Directory.Exists(dotGit))
        {
            return IsGitDirectory(dotGit) ? RealPath.Of(dotGit) : null;
        }
        var line = FirstLine(dotGit);
        if (line is null || !line.StartsWith(GitDirPrefix, StringComparison.Ordinal))
        {
            return null;
        }
        var named = Path.GetFullPath(line[GitDirPrefix.Length..], root);
        return IsGitDirectory(named) ? RealPath.Of(named) : null;
    }

    /// <summary>The common dir that a git dir's <c>commondir</c> file names; the git dir itself where it has none.</summary>
    public static string CommonDirectoryOf(string gitDirectory) =>
        FirstLine(Path.Combine(gitDirectory, "commondir")) is { } named
            ? RealPath.Of(Path.GetFullPath(named, gitDirectory))
            : gitDirectory;

    /// <summary>
    /// The root that a linked worktree's private git dir points back to (its <c>gitdir</c> file names the
    /// <c>.git</c> file; relative with <c>worktree.useRelativePaths</c>). Null where the file is missing.
    /// </summary>
    public static string? RootOfLinked(string gitDirectory) =>
        FirstLine(Path.Combine(gitDirectory, "gitdir")) is { } dotGit
            ? Path.GetDirectoryName(Path.GetFullPath(dotGit, gitDirectory))
            : null;

    /// <summary>The branch that HEAD names, also an unborn one; null where it is detached or kept in a reftable.</summary>
    public static string? BranchOf(string gitDirectory)
    {
        const string Symbolic = "ref: " + BranchPrefix;
        var head = FirstLine(Path.Combine(gitDirectory, "HEAD"));
        // Reftable repositories have the placeholder refs/heads/.invalid here.
        return
            head is not null
            && head.StartsWith(Symbolic, StringComparison.Ordinal)
            && head != Symbolic + ".invalid"
            ? head[Symbolic.Length..]
            : null;
    }

    /// <summary>True where the git dir's configuration says <c>core.bare = true</c>.</summary>
    public static bool IsBare(string commonDirectory)
    {
        var section = "";
        foreach (var raw in Lines(Path.Combine(commonDirectory, "config")))
        {
            var line = raw.Trim();
            if (line.StartsWith('['))
            {
                section = line;
            }
            else if (section.Equals("[core]", StringComparison.OrdinalIgnoreCase))
            {
                var parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
                if (
                    parts is [var key, "true"]
                    && key.Equals("bare", StringComparison.OrdinalIgnoreCase)
                )
                {
                    return true;
                }
            }
        }
        return false;
    }

    /// <summary>The first line of a file without its line end, or null where it cannot be read.</summary>
    public static string? FirstLine(string path) => Lines(path).FirstOrDefault();

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool IsGitDirectory(string path) =>
        File.Exists(Path.Combine(path, "HEAD"))
        && (
            Directory.Exists(Path.Combine(path, "objects"))
            || File.Exists(Path.Combine(path, "commondir"))
        );
}
