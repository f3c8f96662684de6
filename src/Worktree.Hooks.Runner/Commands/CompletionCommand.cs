using System.CommandLine;

namespace Worktree.Hooks.Runner.Commands;

/// <summary><c>completion SHELL</c>: prints the lines that let a shell complete our commands.</summary>
internal static class CompletionCommand
{
    public static Command Completion(CommandContext context)
    {
        var shell = new Argument<string>("shell") { Description = "The shell that reads them." };
        shell.AcceptOnlyFromAmong([.. CompletionScripts.ByShell.Keys]);
        var command = new Command(
            "completion",
            "Print what a shell needs to complete these commands; its first line says how to use it."
        )
        {
            shell,
        };
        context.Run(
            command,
            (result, _) =>
            {
                Terminal.Answer(CompletionScripts.ByShell[result.GetValue(shell)!]);
                return ExitCodes.Done;
            }
        );
        return command;
    }
}
