using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tasks;

/// <summary>Prints the ports of all worktrees: the table of <c>dotnet worktree ports</c>.</summary>
public sealed class WorktreePorts : WorktreeTask
{
    private protected override void Run(TaskCall call)
    {
        var report = WorktreeReport.Query(call.Environment, call.Folder, call.Narrator);
        call.Narrator.Answer(report.PortsTable());
    }
}
