using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tasks;

/// <summary>The calls of the stack, in one place.</summary>
internal static class StackCalls
{
    public static void Start(TaskCall call, bool keepDatabase, bool syncDatabase)
    {
        var wish =
            keepDatabase ? DatabaseWish.Keep
            : syncDatabase ? DatabaseWish.Sync
            : DatabaseWish.CopyMissing;
        WorktreeSetup.Run(
            new SetupRequest(call.Environment, call.Folder, wish),
            call.Narrator,
            call.Cancellation
        );
        throw new WorktreeHooksException(
            ErrorCatalogue.NoStack,
            "the stack cannot be started yet."
        );
    }

    public static void Stop(TaskCall call) => Start(call, keepDatabase: true, syncDatabase: false);

    public static void Restart(TaskCall call, bool keepDatabase, bool syncDatabase) =>
        Start(call, keepDatabase, syncDatabase);

    public static void Status(TaskCall call)
    {
        var report = WorktreeReport.Query(call.Environment, call.Folder, call.Narrator);
        foreach (var line in report.PortsTable().ToLines())
        {
            call.Narrator.Answer(line);
        }
    }
}
