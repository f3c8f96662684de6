using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;

namespace Worktree.Hooks.Setup;

/// <summary>Says what follows from where an older git looks for hooks.</summary>
internal static class HookPlacement
{
    /// <summary>WTH1005 where core.hooksPath names no folder.</summary>
    public static Diagnostic CannotBeCalled(HookGit git, HookFile file) =>
        new(
            ErrorCatalogue.HookNotInstalled,
            $"'{file.Path}' cannot be made: core.hooksPath is '{git.HooksPath}', which switches hooks off for this git. "
                + "Builds and StartStack do the hook's work; git 2.54 or later, or another core.hooksPath, would call it."
        );

    /// <summary>Says whose hook the block stands in, where that is not the repository's own hooks folder.</summary>
    public static void Explain(HookGit git, Checkout checkout, HookFile file, Narrator narrator)
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
            ? "The file is tracked: commit it, or uninstall the hook and let builds do its work"
            : "'git worktree add' fires it where it is run from this folder; elsewhere builds do its work";
        narrator.Say(
            $"core.hooksPath is '{hooksPath}', relative to each work tree of '{checkout.CommonDirectory}', "
                + $"so the block stands in '{file.Path}'. {advice}"
        );
    }
}
