using System.CommandLine;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Runner.Commands;

/// <summary><c>open</c> and <c>remove</c>: commands that are given the name of a worktree.</summary>
internal static class WorktreeCommands
{
    /// <summary><c>open [worktree]</c>.</summary>
    public static Command Open(CommandContext context)
    {
        var name = new Argument<string?>("worktree")
        {
            Description = "Its name, folder or branch; this one where none is named.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var print = new Option<bool>("--print") { Description = "Print the URL and open nothing." };
        var command = new Command("open", "Open a worktree's URL in the browser.") { name, print };
        context.Run(
            command,
            (result, _) =>
            {
                var answer = WorktreeUrl.Open(
                    context.Environment,
                    context.FolderOf(result),
                    result.GetValue(name),
                    inBrowser: !result.GetValue(print),
                    context.Terminal
                );
                if (result.GetValue(CommandContext.Json))
                {
                    CommandContext.PrintJson(answer, AnswerJson.Default.WorktreeUrl);
                }
                else
                {
                    Terminal.Answer(answer.Url);
                }
                return ExitCodes.Done;
            }
        );
        return command;
    }

    /// <summary><c>remove WORKTREE</c>.</summary>
    public static Command Remove(CommandContext context)
    {
        var name = new Argument<string>("worktree") { Description = "Its name, folder or branch." };
        var force = new Option<bool>("--force", "-f")
        {
            Description =
                "As git's: also with changes that are in no commit; given twice, also a locked one.",
            AllowMultipleArgumentsPerToken = false,
        };
        var command = new Command(
            "remove",
            "Stop a worktree's stack, remove the worktree as git does, and free its ports; its branch stays."
        )
        {
            name,
            force,
        };
        context.Run(
            command,
            (result, cancellation) =>
            {
                var removal = new WorktreeRemoval(
                    context.Environment,
                    context.FolderOf(result),
                    context.Terminal
                );
                var report = removal.Run(
                    result.GetValue(name)!,
                    result.GetResult(force)?.IdentifierTokenCount ?? 0,
                    cancellation
                );
                if (result.GetValue(CommandContext.Json))
                {
                    CommandContext.PrintJson(report, AnswerJson.Default.RemovalReport);
                    return ExitCodes.Done;
                }
                Terminal.Answer(Describe(report));
                return ExitCodes.Done;
            }
        );
        return command;
    }

    private static string Describe(RemovalReport report)
    {
        var ports = report.Ports.Count > 0 ? $" ({string.Join(", ", report.Ports.Values)})" : "";
        var branch = report.Branch is { } kept
            ? $"; branch '{kept}' stays ('git branch -d {kept}' deletes it)"
            : "";
        var containers = report.Containers is { } removed ? $" with {removed.Summary}" : "";
        return $"removed {report.Name}{ports}{containers}{branch}";
    }
}
