using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tasks;

#pragma warning disable CA1711 // the tasks have the names of their targets; none is a collection

/// <summary>Starts the worktree's stack and prints its URLs; the hook is installed too, as by a build.</summary>
public sealed class StartStack : WorktreeTask
{
    /// <summary><c>-p:KeepDb=true</c>: the database stays as it is.</summary>
    public bool KeepDatabase { get; set; }

    /// <summary><c>-p:SyncDb=true</c>: the database is refreshed from main, whatever worktree.json says.</summary>
    public bool SyncDatabase { get; set; }

    /// <summary>True where the hook is to be installed too.</summary>
    public bool InstallHook { get; set; }

    /// <summary>The folder of the hook's executable.</summary>
    public string HookFolder { get; set; } = "";

    private protected override void Run(TaskCall call)
    {
        if (InstallHook)
        {
            InstallHookOrWarn(call);
        }
        call.Stack.Start(new StackOptions(KeepDatabase, SyncDatabase), call.Cancellation);
    }

    // The stack does not need the hook.
    private void InstallHookOrWarn(TaskCall call)
    {
        try
        {
            call.InstallHook(HookFolder);
        }
        catch (WorktreeHooksException e)
        {
            call.Narrator.Warn(e.Diagnostic);
        }
    }
}

/// <summary>Stops the worktree's stack; its data stays.</summary>
public sealed class StopStack : WorktreeTask
{
    private protected override void Run(TaskCall call) => call.Stack.Stop(call.Cancellation);
}

/// <summary>Stops and starts the worktree's stack; the database stays unless asked otherwise.</summary>
public sealed class RestartStack : WorktreeTask
{
    /// <summary><c>-p:KeepDb=true</c>: the database stays as it is, as it does anyway.</summary>
    public bool KeepDatabase { get; set; }

    /// <summary><c>-p:SyncDb=true</c>: the database is refreshed from main.</summary>
    public bool SyncDatabase { get; set; }

    private protected override void Run(TaskCall call) =>
        call.Stack.Restart(new StackOptions(KeepDatabase, SyncDatabase), call.Cancellation);
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
