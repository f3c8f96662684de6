using System.CommandLine;
using Worktree.Hooks.Git;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Runner.Commands;

/// <summary><c>hooks install</c>, <c>uninstall</c> and <c>status</c>.</summary>
internal static class HookCommands
{
    public static Command Hooks(CommandContext context) =>
        new("hooks", "The git hook that sets up a worktree when 'git worktree add' makes it.")
        {
            Install(context),
            Uninstall(context),
            Status(context),
        };

    /// <summary>What is installed is the program that runs: the native one installs itself.</summary>
    public static string OwnFolder => Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);

    private static Command Install(CommandContext context)
    {
        var command = new Command("install", "Install the hook, once for all worktrees.");
        context.Run(
            command,
            (result, _) =>
            {
                var checkout = CheckoutLocator.Locate(context.FolderOf(result));
                HookInstaller.Install(context.Environment, checkout, OwnFolder, context.Terminal);
                return Print(context, result, checkout);
            }
        );
        return command;
    }

    private static Command Uninstall(CommandContext context)
    {
        var command = new Command("uninstall", "Take the hook out; what was there before is back.");
        context.Run(
            command,
            (result, _) =>
            {
                var checkout = CheckoutLocator.Locate(context.FolderOf(result));
                HookInstaller.Uninstall(context.Environment, checkout, context.Terminal);
                return Print(context, result, checkout);
            }
        );
        return command;
    }

    private static Command Status(CommandContext context)
    {
        var command = new Command("status", "Show how the hook is installed.");
        context.Run(
            command,
            (result, _) => Print(context, result, CheckoutLocator.Locate(context.FolderOf(result)))
        );
        return command;
    }

    private static int Print(CommandContext context, ParseResult result, Checkout checkout)
    {
        var status = HookInstaller.Query(context.Environment, checkout, OwnFolder);
        if (result.GetValue(CommandContext.Json))
        {
            CommandContext.PrintJson(HookAnswer.Of(status), AnswerJson.Default.HookAnswer);
            return ExitCodes.Done;
        }
        foreach (var line in status.ToLines())
        {
            Terminal.Answer(line);
        }
        return ExitCodes.Done;
    }
}

/// <summary>The answer of <c>hooks … --json</c>.</summary>
/// <param name="Installed">True where git calls it.</param>
/// <param name="Way"><c>configuration</c>, <c>hookFile</c> or <c>none</c>.</param>
/// <param name="Where">The file that says so.</param>
/// <param name="Executable"><c>native</c> or <c>portable</c>; null where it is missing.</param>
/// <param name="Version">The executable's version.</param>
/// <param name="Current">True where an installation now would change nothing.</param>
/// <param name="OtherHook">The hook file where it holds something else too.</param>
internal sealed record HookAnswer(
    bool Installed,
    string Way,
    string? Where,
    string? Executable,
    string? Version,
    bool Current,
    string? OtherHook
)
{
    public static HookAnswer Of(HookStatus status) =>
        new(
            status.Way != HookWay.None,
            status.Way switch
            {
                HookWay.Configuration => "configuration",
                HookWay.HookFile => "hookFile",
                _ => "none",
            },
            status.Where,
            status.Executable?.Kind switch
            {
                HookExecutableKind.Native => "native",
                HookExecutableKind.Portable => "portable",
                _ => null,
            },
            status.Executable?.Version.ToString(),
            status.IsCurrent,
            status.OtherHook
        );
}
