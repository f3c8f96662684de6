using System.CommandLine;
using System.Globalization;
using Worktree.Hooks.Configuration;
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
                    CallFor(known, context, cancellation),
                    known.Configuration.Databases
                );
                return Answer(result, restored);
            }
        );
        return command;
    }

    private static DatabaseCall CallFor(
        KnownWorktree known,
        CommandContext context,
        CancellationToken cancellation
    ) =>
        new(context.Environment, known.Identity, context.Terminal, cancellation)
        {
            EvadesOwners = known.Configuration.HasImages,
        };

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
            "Show the databases: source, age, size, previous generation, and whether this worktree wrote to them."
        );
        context.Run(
            command,
            (result, cancellation) =>
            {
                var known = WorktreeSetup.Identify(context.FolderOf(result));
                var databases = DatabaseClone.DescribeInFull(
                    CallFor(known, context, cancellation),
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
            [
                "database",
                "generation",
                "type",
                "size",
                "on disk alone",
                "copied from main",
                "written to since",
                "source",
            ],
            [.. databases.SelectMany(Rows)]
        );

    private static IEnumerable<IReadOnlyList<string>> Rows(DatabaseInfo database)
    {
        var type = database.Type.ToString().ToLowerInvariant();
        yield return
        [
            database.Path,
            "current",
            type,
            database.Exists ? Size(database.Bytes) : "none",
            database.Exists ? Size(database.UniqueBytes) : "–",
            database.CopiedAt is { } at ? $"{Moment(at)} ({database.Method})" : "–",
            database.ChangedSince switch
            {
                true => "yes",
                false => "no",
                null => "–",
            },
            database.Source ?? "–",
        ];
        if (database.PreviousGeneration is { } previous)
        {
            yield return
            [
                database.Path,
                "previous",
                type,
                Size(previous.Bytes),
                Size(previous.UniqueBytes),
                $"replaced {Moment(previous.ReplacedAt)}",
                "yes",
                Path.GetFileName(previous.FullPath),
            ];
        }
    }

    private static string Size(long? bytes) =>
        bytes is { } known ? ByteSize.Format(known) : "not readable";

    private static string Moment(DateTimeOffset moment) =>
        moment.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
