using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tasks;

/// <summary>
/// Leases the worktree's ports, writes <c>.env.local</c>, copies the database that it does not have; before a build it
/// also installs the hook and writes the stamp.
/// </summary>
public sealed class AllocateWorktree : WorktreeTask
{
    /// <summary>Before a build: the file that says that all was done; empty for a command.</summary>
    public string StampFile { get; set; } = "";

    /// <summary>Before a build: the targets file that called; it stands in the stamp.</summary>
    public string TargetsFile { get; set; } = "";

    /// <summary>True where the hook is to be installed too.</summary>
    public bool InstallHook { get; set; }

    /// <summary>The folder of the hook's executable.</summary>
    public string HookFolder { get; set; } = "";

    private protected override void Run(TaskCall call)
    {
        var request = new SetupRequest(call.Environment, call.Folder, DatabaseWish.CopyMissing);
        var setup = WorktreeSetup.Run(request, call.Narrator, call.Cancellation);
        if (setup.EnvFileWritten || StampFile.Length == 0)
        {
            foreach (var line in SetupSummary.Lines(setup))
            {
                call.Narrator.Answer(line);
            }
        }
        if (StampFile.Length == 0)
        {
            setup.RequireDatabases();
            return;
        }
        // Both before the stamp: what failed is tried again by the next build.
        if (InstallHook)
        {
            BuildHook.Install(call.Environment, call.Folder, HookFolder, call.Narrator);
        }
        setup.RequireDatabases();
        AllocationStamp.Write(StampFile, TargetsFile, setup.Allocation, call.Environment);
    }
}
