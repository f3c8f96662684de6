using System.ComponentModel;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>The git executable, for what only it may decide or do.</summary>
internal static class GitProgram
{
    /// <summary>Runs git in a folder to its end.</summary>
    /// <exception cref="WorktreeHooksException">WTH1002: there is no git.</exception>
    public static ProcessResult Run(
        HostEnvironment environment,
        string folder,
        params IReadOnlyList<string> arguments
    )
    {
        // By its full path: the PATH that was passed on counts, not this process's own.
        var program =
            ProgramSearch.OnPath(environment, OperatingSystem.IsWindows() ? "git.exe" : "git")
            ?? "git";
        try
        {
            return ChildProcess.Run(environment, folder, program, arguments);
        }
        catch (Win32Exception e)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.GitNotFound,
                $"'git' cannot be started: {e.Message}. Put it on PATH; builds do the hook's work until then.",
                e
            );
        }
    }
}
