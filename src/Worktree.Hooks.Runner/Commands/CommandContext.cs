using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Runner.Commands;

/// <summary>What every command has at hand: the environment, the folder it works in, and the terminal.</summary>
internal sealed class CommandContext(HostEnvironment environment, Terminal terminal)
{
    /// <summary><c>--json</c>: the answer alone, as JSON with a stable schema.</summary>
    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Print the answer as JSON.",
        Recursive = true,
    };

    /// <summary><c>-C</c>: as in git, the folder to work in.</summary>
    public static readonly Option<string?> Directory = new("--directory", "-C")
    {
        Description = "Work in this folder instead of the current one.",
        HelpName = "folder",
        Recursive = true,
    };

    public HostEnvironment Environment { get; } = environment;

    public Terminal Terminal { get; } = terminal;

    /// <summary>The folder that the user means.</summary>
    public string FolderOf(ParseResult result)
    {
        var named = result.GetValue(Directory);
        return named is null
            ? Environment.CurrentDirectory
            : Path.GetFullPath(named, Environment.CurrentDirectory);
    }

    /// <summary>A command's action: coded errors become one line and exit code 1, Ctrl+C 130, a bug WTH9001.</summary>
    public void Run(Command command, Func<ParseResult, CancellationToken, int> action) =>
        command.SetAction(
            (result, cancellation) => Task.FromResult(Guard(() => action(result, cancellation)))
        );

    /// <summary>Prints an answer as JSON.</summary>
    public static void PrintJson<T>(T answer, JsonTypeInfo<T> type) =>
        Terminal.Answer(JsonSerializer.Serialize(answer, type));

    /// <summary>Draws a table; without a terminal it is plain text of any width.</summary>
    public void PrintTable(ReportTable report)
    {
        if (Terminal.Width == 0)
        {
            foreach (var line in report.ToLines())
            {
                Terminal.Answer(line);
            }
            return;
        }
        var table = new Table().Border(TableBorder.Simple);
        foreach (var name in report.Header)
        {
            table.AddColumn(
                new TableColumn(new Text(name, new Style(decoration: Decoration.Bold)))
            );
        }
        foreach (var row in report.Rows)
        {
            table.AddRow([.. row.Select(cell => new Text(cell))]);
        }
        CreateConsole().Write(table);
    }

    /// <summary>A console that has colours only where the terminal may have them.</summary>
    public IAnsiConsole CreateConsole() =>
        AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = Terminal.HasColor ? AnsiSupport.Detect : AnsiSupport.No,
                ColorSystem = Terminal.HasColor
                    ? ColorSystemSupport.Detect
                    : ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
            }
        );

    private int Guard(Func<int> action)
    {
        try
        {
            return action();
        }
        catch (WorktreeHooksException e)
        {
            Terminal.Fail(e.Diagnostic);
            return ExitCodes.Refused;
        }
        catch (OperationCanceledException)
        {
            Terminal.Say("cancelled");
            return ExitCodes.Cancelled;
        }
#pragma warning disable CA1031 // the one catch of the program: a bug is a message too, never a stack trace
        catch (Exception e)
        {
            Terminal.Fail(Bug.From(e));
            return ExitCodes.Refused;
        }
#pragma warning restore CA1031
    }
}

/// <summary>The exit codes of every command.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Refused = 1;
    public const int Usage = 2;
    public const int Cancelled = 130;
}
