using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tasks;

/// <summary>Refreshes the worktree's databases from main.</summary>
public sealed class SyncDatabase : WorktreeTask
{
    private protected override void Run(TaskCall call) =>
        WorktreeSetup.Run(
            new SetupRequest(call.Environment, call.Folder, DatabaseWish.Sync),
            call.Narrator,
            call.Cancellation
        );
}
