using Microsoft.Build.Framework;
using Worktree.Hooks.Git;

namespace Worktree.Hooks.Tasks;

/// <summary>Installs the git hook, once for all worktrees of the repository.</summary>
public sealed class InstallWorktreeHooks : WorktreeTask
{
    /// <summary>The folder of the hook's executable.</summary>
    [Required]
    public string HookFolder { get; set; } = "";

    private protected override void Run(TaskCall call) =>
        HookInstallation.Run(call, CheckoutLocator.Locate(call.Folder), HookFolder);
}
