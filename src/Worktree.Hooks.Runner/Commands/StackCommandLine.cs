using System.CommandLine;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Runner.Commands;

/// <summary><c>start</c>, <c>stop</c>, <c>restart</c> and <c>status</c>.</summary>
internal static class StackCommandLine
{
    private static readonly Option<bool> KeepDatabase = new("--keep-db")
    {
        Description = "Leave the worktree's databases as they are.",
    };

    private static readonly Option<bool> SyncDatabase = new("--sync-db")
    {
        Description = "Refresh the worktree's databases from main.",
    };

    private static readonly Option<bool> All = new("--all")
    {
        Description = "The stacks of all worktrees of this repository, one after another.",
    };

    /// <summary><c>start</c>.</summary>
    public static Command Start(CommandContext context)
    {
        var command = new Command("start", "Start this worktree's stack beside all others.")
        {
            KeepDatabase,
            SyncDatabase,
            All,
        };
        context.Run(
            command,
            (result, cancellation) =>
            {
                if (result.GetValue(All))
                {
                    StacksOf(context, result).Start(OptionsOf(result), cancellation);
                }
                else
                {
                    StackOf(context, result).Start(OptionsOf(result), cancellation);
                }
                return AnswerStatus(context, result);
            }
        );
        return command;
    }

    /// <summary><c>stop</c>.</summary>
    public static Command Stop(CommandContext context)
    {
        var command = new Command("stop", "Stop this worktree's stack; data and ports stay.")
        {
            All,
        };
        context.Run(
            command,
            (result, cancellation) =>
            {
                if (result.GetValue(All))
                {
                    StacksOf(context, result).Stop(cancellation);
                }
                else
                {
                    StackOf(context, result).Stop(cancellation);
                }
                return AnswerStatus(context, result);
            }
        );
        return command;
    }

    /// <summary><c>restart</c>.</summary>
    public static Command Restart(CommandContext context)
    {
        var command = new Command(
            "restart",
            "Stop and start this worktree's stack; the databases are kept."
        )
        {
            KeepDatabase,
            SyncDatabase,
        };
        context.Run(
            command,
            (result, cancellation) =>
            {
                StackOf(context, result).Restart(OptionsOf(result), cancellation);
                return AnswerStatus(context, result);
            }
        );
        return command;
    }

    /// <summary><c>status</c>.</summary>
    public static Command Status(CommandContext context)
    {
        var watch = new Option<bool>("--watch", "-w")
        {
            Description = "Go on showing it, every two seconds, until Ctrl+C.",
        };
        var command = new Command(
            "status",
            "Show every worktree of this repository and what runs of it."
        )
        {
            watch,
        };
        context.Run(
            command,
            (result, cancellation) =>
            {
                var view = new StatusView(
                    context,
                    context.FolderOf(result),
                    result.GetValue(CommandContext.Json)
                );
                if (result.GetValue(watch))
                {
                    view.Watch(cancellation);
                }
                else
                {
                    view.Print();
                }
                return ExitCodes.Done;
            }
        );
        return command;
    }

    private static StackCommands StackOf(CommandContext context, ParseResult result) =>
        new(context.Environment, context.FolderOf(result), context.Terminal);

    private static AllStacks StacksOf(CommandContext context, ParseResult result) =>
        new(context.Environment, context.FolderOf(result), context.Terminal);

    private static StackOptions OptionsOf(ParseResult result) =>
        new(result.GetValue(KeepDatabase), result.GetValue(SyncDatabase));

    // People were told what happened step by step; a script gets the state that it led to.
    private static int AnswerStatus(CommandContext context, ParseResult result)
    {
        if (result.GetValue(CommandContext.Json))
        {
            new StatusView(context, context.FolderOf(result), asJson: true).Print();
        }
        return ExitCodes.Done;
    }
}
