using LibGit2Sharp;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Git;

/// <summary>Finds the checkout that a folder lies in, from git's own metadata and never from the look of a path.</summary>
internal static class CheckoutLocator
{
    /// <summary>
    /// The checkout that encloses a folder. A submodule answers with the checkout that encloses it, however deep.
    /// </summary>
    /// <param name="folder">Any folder; it need not be the root.</param>
    /// <exception cref="WorktreeHooksException">
    /// WTH1001: no work tree encloses the folder, or it lies in a bare repository or a git dir. WTH1004: its .git or
    /// commondir file is broken.
    /// </exception>
    public static Checkout Locate(string folder)
    {
        var start = RealPath.Of(folder);
        var checkout =
            Nearest(start)
            ?? throw new WorktreeHooksException(
                ErrorCatalogue.NotARepository,
                $"'{start}' lies in no git work tree. Run this inside a checkout, or make one with 'git init'."
            );
        while (EnclosingCheckout(checkout) is { } enclosing)
        {
            checkout = enclosing;
        }
        return checkout;
    }

    /// <summary>As <see cref="Locate"/>, but null where no work tree encloses the folder.</summary>
    /// <exception cref="WorktreeHooksException">WTH1004: its .git or commondir file is broken.</exception>
    public static Checkout? TryLocate(string folder)
    {
        try
        {
            return Locate(folder);
        }
        catch (WorktreeHooksException e)
            when (e.Diagnostic.Definition == ErrorCatalogue.NotARepository)
        {
            return null;
        }
    }

    /// <summary>True where LibGit2Sharp refuses a repository that git may accept, or cannot load its own library.</summary>
    public static bool IsRefusal(Exception exception) =>
        exception is LibGit2SharpException or DllNotFoundException or TypeInitializationException;

    // Repository.Discover is wrong for --separate-git-dir and null under Native AOT: we walk up ourselves.
    private static Checkout? Nearest(string start)
    {
        for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var dotGit = Path.Combine(folder, ".git");
            if (!Path.Exists(dotGit))
            {
                if (GitFiles.IsGitDirectory(folder))
                {
                    return null; // inside a bare repository or a git dir: what lies around it is another's
                }
                continue;
            }
            if (Read(folder) is { } checkout)
            {
                return checkout;
            }
            if (!Directory.Exists(dotGit)) // git too ignores a folder .git that is no git dir
            {
                throw new WorktreeHooksException(
                    ErrorCatalogue.GitMetadataDamaged,
                    $"'{dotGit}' names no git dir that is there ('{GitFiles.FirstLine(dotGit)}'). "
                        + "If the repository was moved, run 'git worktree repair' in it; "
                        + "if the worktree was pruned, move your files away and add it again."
                );
            }
        }
        return null;
    }

    private static Checkout? Read(string root)
    {
        if (ReadRepository(root) is not { } checkout)
        {
            return null;
        }
        // A .git that is or names a bare repository (webserver/.git beside webserver/.bare) makes no work tree.
        return checkout.IsLinked || !GitFiles.IsBare(checkout.CommonDirectory)
            ? checkout
            : throw new WorktreeHooksException(
                ErrorCatalogue.NotARepository,
                $"'{root}' has the bare repository '{checkout.GitDirectory}' and no work tree. "
                    + "Run this inside one of its worktrees; 'git worktree list' names them."
            );
    }

    private static Checkout? ReadRepository(string root)
    {
        try
        {
            using var repository = new Repository(root);
            return AtRoot(
                root,
                RealPath.Of(repository.Info.Path),
                GitFiles.BranchOfReference(repository.Head.CanonicalName)
            );
        }
        catch (Exception e) when (IsRefusal(e))
        {
            // sha256, reftable, relativeWorktrees, foreign ownership: git itself would answer, so the files do.
            return GitFiles.GitDirectoryOf(root) is { } gitDirectory
                ? AtRoot(root, gitDirectory, GitFiles.BranchOf(gitDirectory))
                : null;
        }
    }

    private static Checkout AtRoot(string root, string gitDirectory, string? branch) =>
        new()
        {
            Root = root,
            GitDirectory = gitDirectory,
            CommonDirectory = GitFiles.CommonDirectoryOf(gitDirectory),
            Branch = branch,
        };

    /// <summary>The checkout that has this one as a submodule; null for anything else, also for a nested clone.</summary>
    private static Checkout? EnclosingCheckout(Checkout checkout)
    {
        if (checkout.IsLinked || Path.GetDirectoryName(checkout.Root) is not { } parent)
        {
            return null;
        }
        try
        {
            return Nearest(parent) is { } outer && IsSubmodule(outer, checkout) ? outer : null;
        }
        catch (WorktreeHooksException)
        {
            return null; // what is broken further up is none of this checkout's business
        }
    }

    private static bool IsSubmodule(Checkout outer, Checkout inner)
    {
        // An absorbed submodule keeps its git dir inside the enclosing worktree's own (gitsubmodules(7)).
        var modules = Path.Combine(outer.GitDirectory, "modules") + Path.DirectorySeparatorChar;
        if (inner.GitDirectory.StartsWith(modules, StringComparison.Ordinal))
        {
            return true;
        }
        // One that has a .git folder of its own is told by .gitmodules (gitmodules(5)), whose paths have slashes.
        var path = Path.GetRelativePath(outer.Root, inner.Root)
            .Replace(Path.DirectorySeparatorChar, '/');
        return GitConfigFile
            .Entries(Path.Combine(outer.Root, ".gitmodules"))
            .Any(entry =>
                entry.Section.StartsWith("[submodule ", StringComparison.OrdinalIgnoreCase)
                && entry.Key.Equals("path", StringComparison.OrdinalIgnoreCase)
                && entry.Value.TrimEnd('/') == path
            );
    }
}
