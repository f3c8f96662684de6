using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Git;

/// <summary>One entry of a repository's list of linked worktrees.</summary>
/// <param name="Name">Git's own id of it.</param>
/// <param name="GitDirectory">Its private git dir.</param>
/// <param name="Root">The folder it should lie in, whether that exists or not; null where git's record is damaged.</param>
/// <param name="IsLocked">True after <c>git worktree lock</c>: a missing folder then is on a disk that is away.</param>
internal sealed record LinkedWorktree(string Name, string GitDirectory, string? Root, bool IsLocked)
{
    /// <summary>True where the folder is there.</summary>
    public bool Exists => Root is not null && Directory.Exists(Root);

    /// <summary>True where <c>git worktree prune</c> would forget it: the folder is gone and it is not locked.</summary>
    public bool IsPrunable =>
        !IsLocked && !(Root is not null && Path.Exists(Path.Combine(Root, ".git")));

    /// <summary>The branch it has checked out; null where HEAD is detached. Reads its HEAD each time.</summary>
    public string? Branch => GitFiles.BranchOf(GitDirectory);

    /// <summary>The branch that is its own even while a rebase or bisect has detached HEAD.</summary>
    public string? HeldBranch => GitFiles.HeldBranchOf(GitDirectory);
}

/// <summary>The worktrees of one repository, from the files under its common dir (gitrepository-layout(5)).</summary>
internal static class WorktreeList
{
    /// <summary>The linked worktrees in the order of their names; prunable and locked ones too.</summary>
    public static IReadOnlyList<LinkedWorktree> Linked(string commonDirectory)
    {
        var folder = Path.Combine(commonDirectory, "worktrees");
        if (!Directory.Exists(folder))
        {
            return [];
        }
        return
        [
            .. Directory
                .EnumerateDirectories(folder)
                .Order(StringComparer.Ordinal)
                .Select(gitDirectory => new LinkedWorktree(
                    Path.GetFileName(gitDirectory),
                    gitDirectory,
                    GitFiles.RootOfLinked(gitDirectory),
                    File.Exists(Path.Combine(gitDirectory, "locked"))
                )),
        ];
    }

    /// <summary>Every checkout of the repository that is there, main first and then by name.</summary>
    public static IEnumerable<Checkout> Checkouts(string commonDirectory)
    {
        if (MainRoot(commonDirectory) is { } mainRoot)
        {
            yield return new Checkout
            {
                Root = mainRoot,
                GitDirectory = commonDirectory,
                CommonDirectory = commonDirectory,
                Branch = GitFiles.BranchOf(commonDirectory),
            };
        }
        foreach (var worktree in Linked(commonDirectory).Where(w => w.Exists))
        {
            yield return new Checkout
            {
                Root = RealPath.Of(worktree.Root!),
                GitDirectory = worktree.GitDirectory,
                CommonDirectory = commonDirectory,
                Branch = worktree.Branch,
            };
        }
    }

    /// <summary>
    /// The root of the worktree whose <c>.git</c> is the repository. Null for a bare repository and for
    /// <c>--separate-git-dir</c>, of which git keeps no main root.
    /// </summary>
    public static string? MainRoot(string commonDirectory) =>
        MainRoot(commonDirectory, GitFiles.IsBare(commonDirectory));

    /// <summary>As <see cref="MainRoot(string)"/>, for a caller that knows already whether it is bare.</summary>
    public static string? MainRoot(string commonDirectory, bool isBare) =>
        !isBare && Path.GetFileName(commonDirectory) == ".git"
            ? Path.GetDirectoryName(commonDirectory)
            : null;
}
