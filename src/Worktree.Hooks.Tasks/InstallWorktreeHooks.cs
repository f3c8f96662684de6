using Microsoft.Build.Framework;
using Worktree.Hooks.Git;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tasks;

/// <summary>Installs the git hook, once for all worktrees of the repository.</summary>
public sealed class InstallWorktreeHooks : WorktreeTask
{
    /// <summary>The folder of the hook's executable.</summary>
    [Required]
    public string HookFolder { get; set; } = "";

    private protected override void Run(TaskCall call)
    {
        var checkout = CheckoutLocator.Locate(call.Folder);
        if (!HookInstaller.Install(call.Environment, checkout, HookFolder, call.Narrator))
        {
            call.Narrator.Say("the hook is installed already");
        }
    }
}
