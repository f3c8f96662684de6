using System.Runtime.CompilerServices;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tasks;

/// <summary>
/// The edge between MSBuild and the library: inputs, one call, outputs. Trouble becomes a coded error or warning in
/// MSBuild's canonical form, Ctrl+C a cancelled token. It runs in MSBuild's own process.
/// </summary>
[MSBuildMultiThreadableTask]
#pragma warning disable CA1001 // MSBuild disposes no task, and Cancel may come after Execute
public abstract class WorktreeTask : Microsoft.Build.Utilities.Task, ICancelableTask
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource cancellation = new();

    /// <summary>Any folder of the checkout.</summary>
    [Required]
    public string Folder { get; set; } = "";

    /// <summary>True where trouble must not fail the build: before builds, not in commands.</summary>
    public bool TroubleIsWarning { get; set; }

    /// <summary>Ends the work at the next safe moment.</summary>
    public void Cancel() => cancellation.Cancel();

    /// <summary>Makes the one call; false where it failed and that is an error.</summary>
    public sealed override bool Execute()
    {
        try
        {
            return MakeCall();
        }
        catch (Exception e) when (LoadFailure.Is(e))
        {
            return LoadFailure.Report(Log, e, TroubleIsWarning);
        }
    }

    // A method of its own: compiling it loads our library, and where that fails, Execute can still say so.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool MakeCall()
    {
        var narrator = new BuildNarrator(Log);
        try
        {
            // The process's current folder is that of some project: commands run from the checkout.
            var environment = HostEnvironment.Capture() with
            {
                CurrentDirectory = Folder,
            };
            Run(new TaskCall(environment, Folder, narrator, cancellation.Token));
            return true;
        }
        catch (OperationCanceledException)
        {
            // MSBuild says itself that the build was cancelled.
            return false;
        }
        catch (WorktreeHooksException e)
        {
            return Report(e.Diagnostic, narrator);
        }
#pragma warning disable CA1031 // the one catch of this shell: no bug of ours may break a build without a code
        catch (Exception e) when (!LoadFailure.Is(e))
        {
            return Report(Bug.From(e), narrator);
        }
#pragma warning restore CA1031
    }

    private protected abstract void Run(TaskCall call);

    private bool Report(Diagnostic diagnostic, BuildNarrator narrator)
    {
        if (TroubleIsWarning)
        {
            narrator.Warn(diagnostic);
            return true;
        }
        narrator.Fail(diagnostic);
        return false;
    }
}

/// <summary>What every call of the library needs.</summary>
internal sealed record TaskCall(
    HostEnvironment Environment,
    string Folder,
    BuildNarrator Narrator,
    CancellationToken Cancellation
)
{
    /// <summary>The stack of the folder's worktree.</summary>
    public StackCommands Stack => new(Environment, Folder, Narrator);
}
