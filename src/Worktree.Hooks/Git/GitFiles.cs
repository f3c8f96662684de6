using Worktree.Hooks.Diagnostics;
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
        if (
            line is null
            || !line.StartsWith(GitDirPrefix, StringComparison.Ordinal)
            || line.Contains('\0')
        )
        {
            return null;
        }
        var named = Path.GetFullPath(line[GitDirPrefix.Length..], root);
        return IsGitDirectory(named) ? RealPath.Of(named) : null;
    }

    /// <summary>The common dir that a git dir's <c>commondir</c> file names; the git dir itself where it has none.</summary>
    /// <exception cref="WorktreeHooksException">
    /// WTH1004: there is such a file, but it names no folder. Taken for "none", it would make a linked worktree main.
    /// </exception>
    public static string CommonDirectoryOf(string gitDirectory)
    {
        var file = Path.Combine(gitDirectory, "commondir");
        if (!File.Exists(file))
        {
            return gitDirectory;
        }
        var named = FirstLine(file) ?? "";
        var common =
            named.Length == 0 || named.Contains('\0')
                ? null
                : RealPath.Of(Path.GetFullPath(named, gitDirectory));
        return common is not null && Directory.Exists(common)
            ? common
            : throw new WorktreeHooksException(
                ErrorCatalogue.GitMetadataDamaged,
                $"'{file}' names no folder ('{named}'), so the repository of this worktree is unknown. "
                    + "Check that the file is readable; git writes '../..' into it."
            );
    }

    /// <summary>
    /// The root that a linked worktree's private git dir points back to (its <c>gitdir</c> file names the
    /// <c>.git</c> file; relative with <c>worktree.useRelativePaths</c>). Null where the file is missing or empty.
    /// </summary>
    public static string? RootOfLinked(string gitDirectory) =>
        FirstLine(Path.Combine(gitDirectory, "gitdir")) is { Length: > 0 } dotGit
        && !dotGit.Contains('\0')
            ? Path.GetDirectoryName(Path.GetFullPath(dotGit, gitDirectory))
            : null;

    /// <summary>The branch that HEAD names, also an unborn one; null where it is detached or kept in a reftable.</summary>
    public static string? BranchOf(string gitDirectory)
    {
        const string Symbolic = "ref: ";
        var head = FirstLine(Path.Combine(gitDirectory, "HEAD"));
        return head is not null && head.StartsWith(Symbolic, StringComparison.Ordinal)
            ? BranchOfReference(head[Symbolic.Length..].Trim())
            : null;
    }

    /// <summary>The branch that a full reference name stands for; null for any other reference.</summary>
    public static string? BranchOfReference(string reference)
    {
        // Reftable repositories have the placeholder refs/heads/.invalid in HEAD.
        return
            reference.StartsWith(BranchPrefix, StringComparison.Ordinal)
            && reference != BranchPrefix + ".invalid"
            ? reference[BranchPrefix.Length..]
            : null;
    }

    /// <summary>
    /// The branch that belongs to a worktree: the one of HEAD, or the one that a rebase or bisect under way has
    /// detached HEAD from and will come back to. Null where there is none.
    /// </summary>
    public static string? HeldBranchOf(string gitDirectory)
    {
        if (BranchOf(gitDirectory) is { } branch)
        {
            return branch;
        }
        var rebased =
            FirstLine(Path.Combine(gitDirectory, "rebase-merge", "head-name"))
            ?? FirstLine(Path.Combine(gitDirectory, "rebase-apply", "head-name"));
        return rebased is not null
            ? BranchOfReference(rebased)
            : FirstLine(Path.Combine(gitDirectory, "BISECT_START")); // a branch, or an id that names none
    }

    /// <summary>
    /// True where the repository's configuration says <c>core.bare</c>. With <c>extensions.worktreeConfig</c> git
    /// keeps it in <c>config.worktree</c> (git-worktree(1); <c>git sparse-checkout</c> moves it there).
    /// </summary>
    public static bool IsBare(string commonDirectory) =>
        GitConfigFile.Boolean(Path.Combine(commonDirectory, "config.worktree"), "core", "bare")
        ?? GitConfigFile.Boolean(Path.Combine(commonDirectory, "config"), "core", "bare")
        ?? false;

    /// <summary>True where the folder has what makes it a git dir: a HEAD, and objects or a way to them.</summary>
    public static bool IsGitDirectory(string path) =>
        File.Exists(Path.Combine(path, "HEAD"))
        && (
            Directory.Exists(Path.Combine(path, "objects"))
                && Directory.Exists(Path.Combine(path, "refs"))
            || File.Exists(Path.Combine(path, "commondir"))
        );

    /// <summary>The first line of a file without its line end, or null where there is none or it cannot be read.</summary>
    public static string? FirstLine(string path) => Lines(path).FirstOrDefault();

    /// <summary>The lines of a small file; none where it is missing or cannot be read.</summary>
    public static string[] Lines(string path)
    {
        if (!File.Exists(path))
        {
            return []; // the usual case for commondir and locked: an exception would cost more than the whole read
        }
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
