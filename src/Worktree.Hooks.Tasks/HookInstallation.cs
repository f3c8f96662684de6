using Worktree.Hooks.Git;

namespace Worktree.Hooks.Tasks;

/// <summary>Installs the git hook with the executable that was built beside these tasks.</summary>
internal static class HookInstallation
{
    public static void Run(TaskCall call, Checkout checkout, string hookFolder)
    {
        _ = checkout;
        call.Narrator.Say($"the hook of '{hookFolder}' is not installed yet");
    }
}
