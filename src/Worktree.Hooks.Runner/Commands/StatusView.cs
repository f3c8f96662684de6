using Spectre.Console;
using Spectre.Console.Rendering;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Runner.Commands;

/// <summary>Shows <c>status</c>: as a drawn table with links in a terminal, as plain lines or JSON elsewhere.</summary>
internal sealed class StatusView(CommandContext context, string folder, bool asJson)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private bool IsDrawn => !asJson && context.Terminal.Width > 0;

    /// <summary>Shows it once.</summary>
    public void Print()
    {
        var report = Query();
        if (IsDrawn)
        {
            context.CreateConsole().Write(Draw(report));
        }
        else
        {
            Write(report);
        }
    }

    /// <summary>
    /// Shows it until Ctrl+C, which is no error: in its place where the terminal can, else anew whenever it has changed.
    /// </summary>
    public void Watch(CancellationToken cancellation)
    {
        if (IsDrawn && context.Terminal.HasColor)
        {
            var console = context.CreateConsole();
            console
                .Live(Draw(Query()))
                .Overflow(VerticalOverflow.Crop)
                .Start(live =>
                {
                    while (!cancellation.WaitHandle.WaitOne(Pause))
                    {
                        live.UpdateTarget(Draw(Query()));
                    }
                });
            return;
        }
        string? shown = null;
        do
        {
            var report = Query();
            // Times and memory move all the time; what a reader of a log wants to know is what runs.
            var news = string.Join('\n', report.Worktrees.Select(StateOf));
            if (news != shown)
            {
                Write(report);
                shown = news;
            }
        } while (!cancellation.WaitHandle.WaitOne(Pause));
    }

    private StatusReport Query() =>
        StatusReport.Query(context.Environment, folder, context.Terminal);

    private static string StateOf(StatusRow row) =>
        $"{row.Worktree.Name} {row.Worktree.Branch} {row.State} {row.Idle} "
        + $"{string.Join(' ', row.Worktree.Ports)} {string.Join(' ', row.Services.Select(s => $"{s.Name} {s.State} {s.Since}"))}";

    private void Write(StatusReport report)
    {
        if (asJson)
        {
            CommandContext.PrintJson(report, AnswerJson.Default.StatusReport);
        }
        else
        {
            context.PrintTable(report.Table(context.Environment.Clock));
        }
    }

    private Table Draw(StatusReport report)
    {
        var now = context.Environment.Clock.GetUtcNow();
        var table = new Table().Border(TableBorder.Simple);
        foreach (
            var name in (string[])
                ["worktree", "branch", "state", "services", "memory", "database", "ports"]
        )
        {
            table.AddColumn(
                new TableColumn(new Text(name, new Style(decoration: Decoration.Bold)))
            );
        }
        foreach (var row in report.Worktrees)
        {
            table.AddRow(CellsOf(row, now));
        }
        return table;
    }

    private static IRenderable[] CellsOf(StatusRow row, DateTimeOffset now) =>
        [
            new Text(
                StatusText.Name(row),
                row.Worktree.Current ? new Style(decoration: Decoration.Bold) : Style.Plain
            ),
            new Text(StatusText.Branch(row)),
            new Text(StatusText.State(row, now), new Style(ColorOf(row))),
            Lines(row.Services.Select(s => Markup.Escape(StatusText.Describe(s, now)))),
            new Text(StatusText.Memory(row.MemoryBytes)),
            Lines(row.Databases.Select(d => Markup.Escape(StatusText.Describe(d, now)))),
            Lines(row.Worktree.Ports.Select(p => PortOf(row, p.Key, p.Value))),
        ];

    private static Color ColorOf(StatusRow row) =>
        row switch
        {
            { Idle: true } => Color.Yellow,
            { State: "running" } => Color.Green,
            { State: "partly running" } => Color.Red,
            _ => Color.Default,
        };

    // A link is an escape sequence (OSC 8), which Spectre leaves out where the console has none.
    private static string PortOf(StatusRow row, string name, int port) =>
        row.Worktree.Urls.TryGetValue(name, out var url)
            ? $"[link={Markup.Escape(url)}]{Markup.Escape(url)}[/]"
            : Markup.Escape($"{name} {port}");

    private static Markup Lines(IEnumerable<string> lines) => new(string.Join('\n', lines));
}
