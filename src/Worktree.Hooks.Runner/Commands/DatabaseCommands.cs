using System.CommandLine;
using System.Globalization;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Runner.Commands;

/// <summary><c>db sync</c>, <c>db restore</c> and <c>db info</c>.</summary>
internal static class DatabaseCommands
{
    public static Command Databases(CommandContext context) =>
        new("db", "This worktree's copies of main's databases.")
        {
            Sync(context),
            Restore(context),
            Info(context),
        };

    private static Command Sync(CommandContext context)
    {
        var command = new Command(
            "sync",
            "Refresh the databases from main; one that this worktree wrote to is kept beside the new one."
        );
        context.Run(
            command,
            (result, cancellation) =>
            {
                var request = new SetupRequest(
                    context.Environment,
                    context.FolderOf(result),
                    DatabaseWish.Sync
                );
                var setup = WorktreeSetup
                    .Run(request, context.Terminal, cancellation)
                    .RequireDatabases();
                return Answer(result, setup.Databases);
            }
        );
        return command;
    }

    private static Command Restore(CommandContext context)
    {
        var command = new Command(
            "restore",
            "Go back to the databases that the last refresh replaced; what is current is kept in their place."
        );
        context.Run(
            command,
            (result, cancellation) =>
            {
                var known = WorktreeSetup.Identify(context.FolderOf(result));
                var restored = DatabaseClone.Restore(
                    known.Identity,
                    known.Configuration.Databases,
                    context.Terminal,
                    cancellation
                );
                return Answer(result, restored);
            }
        );
        return command;
    }

    private static int Answer(ParseResult result, IReadOnlyList<DatabaseOutcome> databases)
    {
        if (result.GetValue(CommandContext.Json))
        {
            CommandContext.PrintJson(
                DatabaseAnswer.Of(databases),
                AnswerJson.Default.IReadOnlyListDatabaseAnswer
            );
            return ExitCodes.Done;
        }
        foreach (var line in SetupSummary.DatabaseLines(databases))
        {
            Terminal.Answer(line);
        }
        return ExitCodes.Done;
    }

    private static Command Info(CommandContext context)
    {
        var command = new Command(
            "info",
            "Show the databases: size, age, and whether this worktree wrote to them."
        );
        context.Run(
            command,
            (result, _) =>
            {
                var known = WorktreeSetup.Identify(context.FolderOf(result));
                var databases = DatabaseClone.Describe(
                    known.Identity,
                    known.Configuration.Databases
                );
                if (result.GetValue(CommandContext.Json))
                {
                    CommandContext.PrintJson(
                        databases,
                        AnswerJson.Default.IReadOnlyListDatabaseInfo
                    );
                }
                else
                {
                    context.PrintTable(TableOf(databases));
                }
                return ExitCodes.Done;
            }
        );
        return command;
    }

    private static ReportTable TableOf(IReadOnlyList<DatabaseInfo> databases) =>
        new(
            ["database", "type", "size", "copied from main", "written to since", "previous"],
            [
                .. databases.Select(d =>
                    (IReadOnlyList<string>)
                        [
                            d.Path,
                            d.Type.ToString().ToLowerInvariant(),
                            !d.Exists ? "none"
                            : d.Bytes is { } bytes ? ByteSize.Format(bytes)
                            : "not readable",
                            d.CopiedAt is { } at
                                ? at.ToLocalTime()
                                    .ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)
                                    + $" ({d.Method})"
                                : "–",
                            d.ChangedSince switch
                            {
                                true => "yes",
                                false => "no",
                                null => "–",
                            },
                            d.Previous is null ? "–" : Path.GetFileName(d.Previous),
                        ]
                ),
            ]
        );
}
