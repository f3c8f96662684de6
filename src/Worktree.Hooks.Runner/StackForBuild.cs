using System.Runtime.InteropServices;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Runner.Commands;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Runner;

/// <summary>
/// StartStack and RestartStack for the MSBuild task that waits for this process: it hears of each step on standard
/// output, and the end of standard input cancels, be it because somebody cancels there or because MSBuild is gone.
/// </summary>
internal static class StackForBuild
{
    /// <summary>Does what MSBuild wants; returns an exit code of <see cref="ExitCodes"/>.</summary>
    public static int Run(StackCall call, HostEnvironment environment)
    {
        Terminal.SpeakUtf8();
        var narrator = new RelayingNarrator(Terminal.Answer);
#pragma warning disable CA2000 // the thread that waits for the end of the input may still cancel when all is done
        var cancellation = new CancellationTokenSource();
#pragma warning restore CA2000
        using var interrupted = CancelOn(PosixSignal.SIGINT, cancellation);
        using var terminated = CancelOn(PosixSignal.SIGTERM, cancellation);
        Terminal.WhenInputEnds(cancellation.Cancel);
        try
        {
            call.Run(environment, environment.CurrentDirectory, narrator, cancellation.Token);
            return ExitCodes.Done;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Cancelled;
        }
        catch (WorktreeHooksException e)
        {
            narrator.Fail(e.Diagnostic);
        }
#pragma warning disable CA1031 // a bug is a message too, never a stack trace
        catch (Exception e)
        {
            narrator.Fail(Bug.From(e));
        }
#pragma warning restore CA1031
        return ExitCodes.Refused;
    }

    private static PosixSignalRegistration CancelOn(
        PosixSignal signal,
        CancellationTokenSource cancellation
    ) =>
        PosixSignalRegistration.Create(
            signal,
            context =>
            {
                context.Cancel = true;
                cancellation.Cancel();
            }
        );
}
