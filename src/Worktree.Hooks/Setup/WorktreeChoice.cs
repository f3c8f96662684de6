using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>A worktree of a repository as a command names it, whether its folder is still there or not.</summary>
/// <param name="Name">Its name in tables.</param>
/// <param name="IsMain">True for the main worktree.</param>
/// <param name="GitDirectory">Its private git dir.</param>
/// <param name="Root">Its folder; null where git's record of it is damaged.</param>
/// <param name="Branch">Its branch; null where HEAD is detached.</param>
/// <param name="Row">Its ports and names; null where its folder is gone.</param>
internal sealed record ChosenWorktree(
    string Name,
    bool IsMain,
    string GitDirectory,
    string? Root,
    string? Branch,
    WorktreeRow? Row
);

/// <summary>Finds the worktree that somebody names: by its name in tables, by its folder, or by its branch.</summary>
internal static class WorktreeChoice
{
    /// <summary>The worktree of that name, folder or branch; the one that the folder lies in where nothing is named.</summary>
    /// <exception cref="WorktreeHooksException">WTH5050: there is none.</exception>
    public static ChosenWorktree Require(
        HostEnvironment environment,
        string folder,
        string? named,
        Narrator narrator
    )
    {
        var report = WorktreeReport.Query(environment, folder, narrator);
        var rows = report.Worktrees.Select(Of).ToList();
        if (named is null)
        {
            return rows.Find(w => w.Row!.Current)!;
        }
        var common = report.Worktrees[0].Checkout.CommonDirectory;
        List<ChosenWorktree> all =
        [
            .. rows,
            .. WorktreeList.Linked(common).Where(w => !w.Exists).Select(Of),
        ];
        var path = RealPath.Of(Path.GetFullPath(named, folder));
        return all.Find(w => w.Name == named)
            ?? all.Find(w => w.Root == path)
            ?? all.Find(w => w.Branch == named)
            ?? throw new WorktreeHooksException(
                ErrorCatalogue.NoSuchWorktree,
                $"'{named}' is neither the name nor the folder nor the branch of a worktree of '{report.Project}'."
                    + NearestName.Hint(named, [.. all.Select(w => w.Name)])
                    + " 'dotnet worktree status' lists them."
            );
    }

    private static ChosenWorktree Of(WorktreeRow row) =>
        new(row.Name, row.Main, row.Checkout.GitDirectory, row.Root, row.Branch, row);

    private static ChosenWorktree Of(LinkedWorktree gone) =>
        new(gone.Name, IsMain: false, gone.GitDirectory, gone.Root, gone.Branch, Row: null);
}
