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
    /// <exception cref="WorktreeHooksException">WTH1001: no work tree encloses the folder. WTH1004: its .git is broken.</exception>
    public static Checkout Locate(string folder)
    {
        var start = RealPath.Of(folder);
        var checkout =
            TryLocateNearest(start)
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

    private static Checkout? TryLocateNearest(string start)
    {
        for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var dotGit = Path.Combine(folder, ".git");
            if (Path.Exists(dotGit) && Read(folder) is { } checkout)
            {
                return checkout;
            }
            if (File.Exists(dotGit))
            {
                throw new WorktreeHooksException(
                    ErrorCatalogue.GitMetadataDamaged,
                    $"'{dotGit}' names a git dir that is not there ({GitFiles.FirstLine(dotGit)}). "
                        + "If the repository was moved, run 'git worktree repair' in it."
                );
            }
        }
        return null;
    }

    // Repository.Discover is wrong for --separate-git-dir and null under Native AOT: we walked up ourselves.
    private static Checkout? Read(string root)
    {
        try
        {
            using var repository = new Repository(root);
            var gitDirectory = RealPath.Of(repository.Info.Path);
            return new Checkout
            {
                Root = root,
                GitDirectory = gitDirectory,
                CommonDirectory = GitFiles.CommonDirectoryOf(gitDirectory),
                Branch = repository.Info.IsHeadDetached ? null : repository.Head.FriendlyName,
            };
        }
        catch (Exception e)
            when (e is LibGit2SharpException or DllNotFoundException or TypeInitializationException)
        {
            // sha256, reftable, relativeWorktrees, foreign ownership: git itself would answer, so the files do.
            return ReadFiles(root);
        }
    }

    private static Checkout? ReadFiles(string root) =>
        GitFiles.GitDirectoryOf(root) is { } gitDirectory
            ? new Checkout
            {
                Root = root,
                GitDirectory = gitDirectory,
                CommonDirectory = GitFiles.CommonDirectoryOf(gitDirectory),
                Branch = GitFiles.BranchOf(gitDirectory),
            }
            : null;

    /// <summary>The checkout that has this one as a submodule; null for anything else, also for a nested clone.</summary>
    private static Checkout? EnclosingCheckout(Checkout checkout)
    {
        if (checkout.IsLinked || Path.GetDirectoryName(checkout.Root) is not { } parent)
        {
            return null;
        }
        var outer = TryLocateNearest(parent);
        return outer is not null && IsSubmodule(outer, checkout) ? outer : null;
    }

    private static bool IsSubmodule(Checkout outer, Checkout inner)
    {
        // An absorbed submodule keeps its git dir inside the enclosing worktree's own (gitsubmodules(7)).
        var modules = Path.Combine(outer.GitDirectory, "modules") + Path.DirectorySeparatorChar;
        if (inner.GitDirectory.StartsWith(modules, StringComparison.Ordinal))
        {
            return true;
        }
        try
        {
            using var repository = new Repository(outer.Root);
            var path = Path.GetRelativePath(outer.Root, inner.Root).Replace('\\', '/');
            return repository.Index[path]?.Mode == Mode.GitLink;
        }
        catch (LibGit2SharpException)
        {
            return false;
        }
    }
}
