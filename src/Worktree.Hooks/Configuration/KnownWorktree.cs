using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;

namespace Worktree.Hooks.Configuration;

/// <summary>A worktree together with what its repository says about itself.</summary>
internal sealed record KnownWorktree(WorktreeIdentity Identity, WorktreeConfiguration Configuration)
{
    /// <summary>
    /// Tells which worktree a checkout is. Its own <c>worktree.json</c> counts, else that of the main worktree as git
    /// knows it; only then can the file's <c>"project"</c> and <c>"main"</c> be heard.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH1003: <c>"main"</c> names no worktree. WTH3001–WTH3007: the file.</exception>
    public static KnownWorktree Of(Checkout checkout)
    {
        var mainRoot = WorktreeIdentity
            .Of(checkout, projectSetting: null, mainSetting: null)
            .MainRoot;
        var configuration = WorktreeConfiguration.Load(checkout.Root, mainRoot);
        return new(
            WorktreeIdentity.Of(checkout, configuration.Project, configuration.Main),
            configuration
        );
    }
}
