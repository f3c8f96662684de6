using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tasks;

#pragma warning disable CA1711 // the tasks have the names of their targets; none is a collection

/// <summary>What StartStack and RestartStack have in common.</summary>
public abstract class StackStartingTask : WorktreeTask
{
    /// <summary><c>-p:KeepDb=true</c>: the database stays as it is.</summary>
    public bool KeepDatabase { get; set; }

    /// <summary><c>-p:SyncDb=true</c>: the database is refreshed from main, whatever worktree.json says.</summary>
    public bool SyncDatabase { get; set; }

    /// <summary>The native tool, which does the work where there is one for this system; empty where there is none.</summary>
    public string Tool { get; set; } = "";

    private protected void Run(TaskCall call, bool isRestart, string hookFolder)
    {
        var stack = new StackCall(
            isRestart,
            new StackOptions(KeepDatabase, SyncDatabase),
            hookFolder
        );
        var isDone =
            Tool.Length > 0
            && stack.TryRunBy(
                Tool,
                call.Environment,
                call.Folder,
                call.Narrator,
                call.Cancellation
            );
        if (!isDone)
        {
            stack.Run(call.Environment, call.Folder, call.Narrator, call.Cancellation);
        }
    }
}

/// <summary>Starts the worktree's stack and prints its URLs; the hook is installed too, as by a build.</summary>
public sealed class StartStack : StackStartingTask
{
    /// <summary>True where the hook is to be installed too.</summary>
    public bool InstallHook { get; set; }

    /// <summary>The folder of the hook's executable.</summary>
    public string HookFolder { get; set; } = "";

    private protected override void Run(TaskCall call) =>
        Run(call, isRestart: false, InstallHook ? HookFolder : "");
}

/// <summary>Stops the worktree's stack; its data stays.</summary>
public sealed class StopStack : WorktreeTask
{
    private protected override void Run(TaskCall call) => call.Stack.Stop(call.Cancellation);
}

/// <summary>Stops and starts the worktree's stack; the database stays unless asked otherwise.</summary>
public sealed class RestartStack : StackStartingTask
{
    private protected override void Run(TaskCall call) =>
        Run(call, isRestart: true, hookFolder: "");
}

/// <summary>Prints all worktrees and what runs of them: the table of <c>dotnet worktree status</c>.</summary>
public sealed class StackStatus : WorktreeTask
{
    private protected override void Run(TaskCall call)
    {
        var report = StatusReport.Query(call.Environment, call.Folder, call.Narrator);
        call.Narrator.Answer(report.Table(call.Environment.Clock));
    }
}
