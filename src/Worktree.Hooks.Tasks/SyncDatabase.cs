using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tasks;

/// <summary>Refreshes the worktree's databases from main.</summary>
public sealed class SyncDatabase : WorktreeTask
{
    private protected override void Run(TaskCall call)
    {
        var request = new SetupRequest(call.Environment, call.Folder, DatabaseWish.Sync);
        var setup = WorktreeSetup.Run(request, call.Narrator, call.Cancellation);
        foreach (var line in SetupSummary.DatabaseLines(setup.RequireDatabases()))
        {
            call.Narrator.Say(line);
        }
    }
}
