using System.Globalization;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>One service of a worktree's stack, as tables and JSON show it.</summary>
/// <param name="Name">Its name in worktree.json.</param>
/// <param name="State"><c>running</c>, <c>stopped</c>, or for a one-shot step <c>done</c>.</param>
/// <param name="ProcessId">The process, while it runs.</param>
/// <param name="Since">When it was started; null where it never was.</param>
/// <param name="Log">Its log file, whether there is one yet or not.</param>
internal sealed record ServiceRow(
    string Name,
    string State,
    int? ProcessId,
    DateTimeOffset? Since,
    string Log
);

/// <summary>One worktree with its stack.</summary>
/// <param name="Worktree">Names and ports.</param>
/// <param name="State"><c>running</c>, <c>partly running</c>, <c>stopped</c>, or <c>no stack</c>.</param>
/// <param name="Services">The services of its own worktree.json.</param>
internal sealed record StatusRow(
    WorktreeRow Worktree,
    string State,
    IReadOnlyList<ServiceRow> Services
);

/// <summary>All worktrees of a repository, and what runs of them.</summary>
internal sealed record StatusReport(string Project, IReadOnlyList<StatusRow> Worktrees)
{
    /// <summary>Looks at git's list, the leases and the processes; changes nothing.</summary>
    public static StatusReport Query(HostEnvironment environment, string folder, Narrator narrator)
    {
        var worktrees = WorktreeReport.Query(environment, folder, narrator);
        return new StatusReport(
            worktrees.Project,
            [.. worktrees.Worktrees.Select(w => RowOf(environment, w, narrator))]
        );
    }

    /// <summary>The table of <c>status</c>.</summary>
    public ReportTable Table(TimeProvider clock) =>
        new(
            ["worktree", "branch", "state", "services", "url"],
            [
                .. Worktrees.Select(row =>
                    (IReadOnlyList<string>)
                        [
                            row.Worktree.Current ? $"{row.Worktree.Name} *" : row.Worktree.Name,
                            row.Worktree.Branch ?? "(detached)",
                            row.State,
                            string.Join(", ", row.Services.Select(s => Describe(s, clock))),
                            row.Worktree.Urls.Values.FirstOrDefault() ?? "",
                        ]
                ),
            ]
        );

    private static StatusRow RowOf(
        HostEnvironment environment,
        WorktreeRow worktree,
        Narrator narrator
    )
    {
        var services = ServicesOf(worktree.Checkout, narrator);
        var state = StackState.Load(worktree.Checkout);
        var rows = services.Select(s => ServiceOf(worktree.Checkout, s, state)).ToList();
        var expected = rows.Where((_, i) => services[i].Ready.Kind != ReadyKind.Exit).ToList();
        var running = expected.Count(r => r.State == "running");
        var summary =
            services.Count == 0 ? "no stack"
            : running == 0 ? "stopped"
            : running == expected.Count ? "running"
            : "partly running";
        return new StatusRow(worktree, summary, rows);
    }

    private static ServiceRow ServiceOf(
        Checkout checkout,
        ServiceConfiguration service,
        StackState state
    )
    {
        var started = state.Find(service.Name);
        var isAlive = started is not null && ProcessTable.IsAlive(started.Process);
        var word =
            isAlive ? "running"
            : started is { IsOneShot: true } ? "done"
            : "stopped";
        return new ServiceRow(
            service.Name,
            word,
            isAlive ? started!.Process.Id : null,
            started?.StartedAt,
            ServiceLog.PathOf(checkout, service.Name)
        );
    }

    private static IReadOnlyList<ServiceConfiguration> ServicesOf(
        Checkout checkout,
        Narrator narrator
    )
    {
        try
        {
            return KnownWorktree.Of(checkout).Configuration.Services;
        }
        catch (WorktreeHooksException e)
        {
            // Another branch's worktree.json is damaged: its row is short, the others are whole.
            narrator.Warn(e.Diagnostic);
            return [];
        }
    }

    private static string Describe(ServiceRow service, TimeProvider clock)
    {
        if (service.State != "running" || service.Since is not { } since)
        {
            return $"{service.Name} {service.State}";
        }
        var time = clock.GetUtcNow() - since;
        var age =
            time.TotalHours >= 1
                ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} h")
            : time.TotalMinutes >= 1
                ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min")
            : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s");
        return $"{service.Name} {service.State} for {age}";
    }
}
