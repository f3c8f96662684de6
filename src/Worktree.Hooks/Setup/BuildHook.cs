using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>The hook's installation by the way, in builds and commands of MSBuild.</summary>
internal static class BuildHook
{
    /// <summary>Installs the hook from the folder of its executable, unless a CI system builds.</summary>
    /// <exception cref="WorktreeHooksException">WTH1002, WTH1005: git or a file is in the way.</exception>
    public static void Install(
        HostEnvironment environment,
        string folder,
        string hookFolder,
        Narrator narrator
    )
    {
        if (!environment.IsContinuousIntegration)
        {
            HookInstaller.Install(
                environment,
                CheckoutLocator.Locate(folder),
                hookFolder,
                narrator
            );
        }
    }

    /// <summary>The same for a command that does not need the hook: trouble is a warning.</summary>
    public static void InstallOrWarn(
        HostEnvironment environment,
        string folder,
        string hookFolder,
        Narrator narrator
    )
    {
        try
        {
            Install(environment, folder, hookFolder, narrator);
        }
        catch (WorktreeHooksException e)
        {
            narrator.Warn(e.Diagnostic);
        }
    }
}
