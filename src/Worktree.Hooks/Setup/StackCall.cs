using System.ComponentModel;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>
/// What the targets StartStack and RestartStack ask for. MSBuild's process can do it, and so can the native tool, which
/// needs no compiler at its start: that saves a third of a second.
/// </summary>
/// <param name="IsRestart">Stop first; the databases are kept unless the options say otherwise.</param>
/// <param name="Options">What becomes of the databases.</param>
/// <param name="HookFolder">The folder of the hook's executable, or empty where the hook is not to be installed.</param>
internal sealed record StackCall(bool IsRestart, StackOptions Options, string HookFolder)
{
    private const string Word = "stack-for-build";
    private const string Restarting = "restart";
    private const string Starting = "start";
    private const string Keeping = "keep-db";
    private const string Syncing = "sync-db";
    private const string Unsaid = "as-configured";

    /// <summary>Does it in this process.</summary>
    /// <exception cref="WorktreeHooksException">Any of <see cref="StackCommands"/>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, and what had begun is taken back.</exception>
    public void Run(
        HostEnvironment environment,
        string folder,
        Narrator narrator,
        CancellationToken cancellation
    )
    {
        if (HookFolder.Length > 0)
        {
            BuildHook.InstallOrWarn(environment, folder, HookFolder, narrator);
        }
        var stack = new StackCommands(environment, folder, narrator);
        if (IsRestart)
        {
            stack.Restart(Options, cancellation);
        }
        else
        {
            stack.Start(Options, cancellation);
        }
    }

    /// <summary>Lets the native tool do it, which tells what it does while it does it.</summary>
    /// <param name="tool">The tool's executable.</param>
    /// <param name="environment">The environment that it gets.</param>
    /// <param name="folder">Any folder of the checkout.</param>
    /// <param name="narrator">Hears what the tool tells.</param>
    /// <param name="cancellation">Cancels over there too; what had begun is taken back before this returns.</param>
    /// <returns>False where the tool cannot run here; nothing was done that would not be done again.</returns>
    /// <exception cref="WorktreeHooksException">What stopped it there. WTH9001: it ended without a word.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public bool TryRunBy(
        string tool,
        HostEnvironment environment,
        string folder,
        Narrator narrator,
        CancellationToken cancellation
    )
    {
        var relay = new Relay(narrator);
        ProcessResult result;
        try
        {
            result = ChildProcess.RunTelling(
                environment,
                folder,
                tool,
                ToArguments(),
                relay.Hear,
                cancellation
            );
        }
        catch (Win32Exception)
        {
            // NuGet lets none but the owner of its cache execute what it unpacks.
            return false;
        }
        if (relay.Failure is { } failure)
        {
            throw new WorktreeHooksException(failure);
        }
        cancellation.ThrowIfCancellationRequested();
        return result.ExitCode switch
        {
            0 => true,
            130 => throw new OperationCanceledException(),
            // The system's C library may be older than the one that it was linked for.
            _ when !relay.HasHeard => false,
            var code => throw EndedWithoutAWord(tool, code, result.ErrorOutput),
        };
    }

    /// <summary>The arguments of the tool; <see cref="TryParse"/> there reads them.</summary>
    public IReadOnlyList<string> ToArguments() =>
        [
            Word,
            IsRestart ? Restarting : Starting,
            Options.KeepDatabase ? Keeping
            : Options.SyncDatabase ? Syncing
            : Unsaid,
            HookFolder,
        ];

    /// <summary>The call that these arguments of the tool are, or null where they are none.</summary>
    public static StackCall? TryParse(IReadOnlyList<string> arguments) =>
        arguments is [Word, Restarting or Starting, Keeping or Syncing or Unsaid, _]
            ? new StackCall(
                arguments[1] is Restarting,
                new StackOptions(arguments[2] is Keeping, arguments[2] is Syncing),
                arguments[3]
            )
            : null;

    private static WorktreeHooksException EndedWithoutAWord(string tool, int code, string output) =>
        new(
            ErrorCatalogue.UnexpectedError,
            $"'{tool}' ended with exit code {code} and did not say why ({FirstLine(output)}). Run the command again: it "
                + "completes what is missing."
        );

    private static string FirstLine(string output) =>
        output.Trim() is { Length: > 0 } text ? text.Split('\n')[0].Trim() : "it wrote nothing";
}
