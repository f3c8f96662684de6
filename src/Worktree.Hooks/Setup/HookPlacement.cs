using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;

namespace Worktree.Hooks.Setup;

/// <summary>Where git looks for hooks, and what follows from it.</summary>
internal static class HookPlacement
{
    /// <summary>
    /// Writes the common config or the hook file, whichever this git reads, and takes the other out.
    /// </summary>
    /// <param name="git">The git that will call the hook.</param>
    /// <param name="checkout">Any worktree of the repository.</param>
    /// <param name="former">What the last installation did; null where there was none.</param>
    /// <param name="narrator">Hears where the block stands, and why where git cannot be made to call it.</param>
    public static HookRecord MakeGitCall(
        HookGit git,
        Checkout checkout,
        HookRecord? former,
        Narrator narrator
    )
    {
        var record = new HookRecord
        {
            Way = HookWay.None,
            Offered = "",
            ConfigStamp = "",
        };
        if (git.RunsConfiguredHooks)
        {
            if (!git.IsConfigured)
            {
                git.Configure();
            }
            // Written when git was older: both would call us.
            RemoveBlocks(git, checkout, former);
            return record with { Way = HookWay.Configuration };
        }
        git.Unconfigure();
        var file = new HookFile(git.HookFile);
        if (!file.CanBeWritten)
        {
            narrator.Warn(CannotBeCalled(git, file));
            return record;
        }
        if (former?.HookFile is { } elsewhere && elsewhere != file.Path)
        {
            new HookFile(elsewhere).RemoveBlock(former.MadeFolder);
            former = null;
        }
        var made = former?.MadeFolder;
        if (!file.HasCurrentBlock)
        {
            made = file.AddBlock() ?? made;
            KeepOutOfGitStatus(git, checkout, file);
            Explain(git, checkout, file, narrator);
        }
        return record with { Way = HookWay.HookFile, HookFile = file.Path, MadeFolder = made };
    }

    // An untracked file in a work tree would keep 'git worktree remove' from removing it.
    private static void KeepOutOfGitStatus(HookGit git, Checkout checkout, HookFile file)
    {
        if (file.IsOursAlone && HookSeed.IsRelative(git.HooksPath))
        {
            ExcludeFile.Ensure(checkout, [PathInWorkTree(git)]);
        }
    }

    private static string PathInWorkTree(HookGit git)
    {
        var path = $"{git.HooksPath!.Replace('\\', '/').TrimEnd('/')}/{HookFile.Name}";
        return path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;
    }

    /// <summary>
    /// Takes our block out of the hook file of the last installation, of the effective one, and of those that worktrees
    /// were given.
    /// </summary>
    public static void RemoveBlocks(HookGit git, Checkout checkout, HookRecord? record)
    {
        var hooksPath = git.HooksPath;
        HookSeed.RemoveBlocks(checkout.CommonDirectory, hooksPath);
        if (HookSeed.IsRelative(hooksPath))
        {
            ExcludeFile.Remove(checkout, PathInWorkTree(git));
        }
        if (record?.HookFile is { } recorded)
        {
            new HookFile(recorded).RemoveBlock(record.MadeFolder);
        }
        new HookFile(git.HookFile).RemoveBlock(madeFolder: null);
    }

    // WTH1005 where core.hooksPath names no folder.
    private static Diagnostic CannotBeCalled(HookGit git, HookFile file) =>
        new(
            ErrorCatalogue.HookNotInstalled,
            $"'{file.Path}' cannot be made: core.hooksPath is '{git.HooksPath}', which switches hooks off for this git. "
                + "Builds and StartStack do the hook's work; git 2.54 or later, or another core.hooksPath, would call it."
        );

    // Says whose hook the block stands in, where that is not the repository's own hooks folder.
    private static void Explain(HookGit git, Checkout checkout, HookFile file, Narrator narrator)
    {
        if (git.HooksPath is not { } hooksPath)
        {
            return;
        }
        if (Path.IsPathRooted(hooksPath) || hooksPath.StartsWith('~'))
        {
            narrator.Say(
                $"core.hooksPath is '{hooksPath}', so the block stands in '{file.Path}'; it does nothing in other repositories"
            );
            return;
        }
        var advice = git.IsTracked(file.Path)
            ? "The file is tracked: commit it, so that other worktrees have the block too, or uninstall the hook and let builds do its work"
            : "Git ignores it, and each new worktree gets it too";
        narrator.Say(
            $"core.hooksPath is '{hooksPath}', relative to each work tree of '{checkout.CommonDirectory}', "
                + $"so the block stands in '{file.Path}'. {advice}"
        );
    }
}
