using LibGit2Sharp;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Tasks;

/// <summary>
/// Shows that the tasks and the libraries they need can be loaded: the bootstrap asks before it publishes them, because
/// MSBuild's own error about a task that does not load would fail the build that wanted it.
/// </summary>
public sealed class LoadCheck : Microsoft.Build.Utilities.Task
{
    /// <summary>Touches our library, libgit2's wrapper and its native part.</summary>
    public override bool Execute()
    {
        Log.LogMessage(
            "{0} {1}",
            ErrorCatalogue.UnexpectedError.Code,
            GlobalSettings.Version.InformationalVersion
        );
        return true;
    }
}
