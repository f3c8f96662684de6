using System.Text.Json.Serialization;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>One service of a worktree's stack, as tables and JSON show it.</summary>
/// <param name="Name">Its name in worktree.json.</param>
/// <param name="State"><c>running</c>, <c>unhealthy</c>, <c>stopped</c>, or <c>done</c> for what ended in order.</param>
/// <param name="ProcessId">The process, while it runs; null for a container.</param>
/// <param name="Since">When it was started; null where it never was.</param>
/// <param name="MemoryBytes">What it takes with its children; null where it does not run or the system does not tell.</param>
/// <param name="Log">Its log file, whether there is one yet or not; null for a container, whose log the engine has.</param>
/// <param name="Container">The container's name; null for a process.</param>
/// <param name="LastLineAt">When it last wrote to its log; null where it never did, or for a container too long ago to matter.</param>
internal sealed record ServiceRow(
    string Name,
    string State,
    int? ProcessId,
    DateTimeOffset? Since,
    long? MemoryBytes,
    string? Log,
    string? Container,
    [property: JsonIgnore] DateTimeOffset? LastLineAt
);

/// <summary>One database of a worktree.</summary>
/// <param name="Path">Its path relative to the worktree's root.</param>
/// <param name="Exists">True where the worktree has it.</param>
/// <param name="Bytes">Its size; null where there is none or this user may not look into it.</param>
/// <param name="CopiedAt">When it was copied from main; null where it never was.</param>
/// <param name="ChangedSince">True where this worktree wrote to it since; null where that cannot be told.</param>
internal sealed record DatabaseRow(
    string Path,
    bool Exists,
    long? Bytes,
    DateTimeOffset? CopiedAt,
    bool? ChangedSince
);

/// <summary>One worktree with its stack.</summary>
/// <param name="Worktree">Names and ports.</param>
/// <param name="State"><c>running</c>, <c>partly running</c>, <c>stopped</c>, or <c>no stack</c>.</param>
/// <param name="Services">The services of its own worktree.json.</param>
/// <param name="MemoryBytes">What its services take together; null where that is not known.</param>
/// <param name="LastActivity">The latest of a service's start, its last log line, a commit, and an open connection to a web port; null where nothing runs.</param>
/// <param name="Idle">True where it runs and the last activity was more than two hours ago.</param>
/// <param name="Databases">Its databases.</param>
internal sealed record StatusRow(
    WorktreeRow Worktree,
    string State,
    IReadOnlyList<ServiceRow> Services,
    long? MemoryBytes,
    DateTimeOffset? LastActivity,
    bool Idle,
    IReadOnlyList<DatabaseRow> Databases
);

/// <summary>All worktrees of a repository, and what runs of them.</summary>
internal sealed record StatusReport(string Project, IReadOnlyList<StatusRow> Worktrees)
{
    private static readonly TimeSpan IdleTime = TimeSpan.FromHours(2);

    /// <summary>Looks at git's list, the leases, the processes and the databases; changes nothing.</summary>
    public static StatusReport Query(HostEnvironment environment, string folder, Narrator narrator)
    {
        var worktrees = WorktreeReport.Query(environment, folder, narrator);
        var memory = ProcessMemory.Query();
        var connected = PortHolder.Connected();
        var now = environment.Clock.GetUtcNow();
        var containers = ContainerStatus.Query(
            environment,
            worktrees.Worktrees,
            now - IdleTime,
            narrator
        );
        var known = worktrees
            .Worktrees.Select(w => (Row: w, Known: KnownIfReadable(w.Checkout, narrator)))
            .ToList();
        // In parallel: measuring a database means looking at each of its files.
        var rows = known
            .AsParallel()
            .AsOrdered()
            .Select(w =>
                RowOf(
                    w.Row,
                    w.Known,
                    ServicesOf(
                        w.Row.Checkout,
                        w.Known,
                        memory,
                        [.. containers.Of(w.Row.Checkout.GitDirectory)]
                    ),
                    connected,
                    now
                )
            );
        return new StatusReport(worktrees.Project, [.. rows]);
    }

    private static StatusRow RowOf(
        WorktreeRow worktree,
        KnownWorktree? known,
        IReadOnlyList<ServiceRow> services,
        IReadOnlySet<int> connected,
        DateTimeOffset now
    )
    {
        var steps = (known?.Configuration.Services ?? [])
            .Where(ServicePlan.IsOneShot)
            .Select(s => s.Name)
            .ToHashSet(StringComparer.Ordinal);
        var running = services
            .Where(r => r.State is "running" or "unhealthy" && !steps.Contains(r.Name))
            .ToList();
        var summary =
            services.Count == 0 ? "no stack"
            : running.Count == 0 ? "stopped"
            : services.Any(r => r.State is "stopped" or "unhealthy" && !steps.Contains(r.Name))
                ? "partly running"
            : "running";
        DateTimeOffset? last =
            running.Count == 0 ? null
            : worktree.Urls.Keys.Any(name => connected.Contains(worktree.Ports[name])) ? now
            : LastTrace(worktree.Checkout, running);
        return new StatusRow(
            worktree,
            summary,
            services,
            running.All(r => r.MemoryBytes is null) ? null : running.Sum(r => r.MemoryBytes ?? 0),
            last,
            last is { } activity && now - activity > IdleTime,
            known is null ? [] : DatabasesOf(known)
        );
    }

    // In the order of worktree.json, and then what only the engine knows.
    private static List<ServiceRow> ServicesOf(
        Checkout checkout,
        KnownWorktree? known,
        ProcessMemory memory,
        IReadOnlyList<ServiceRow> containers
    )
    {
        var state = StackState.Load(checkout);
        var services = known?.Configuration.Services ?? [];
        return
        [
            .. services.Select(s =>
                s.Container is null
                    ? ServiceOf(checkout, s, state.Find(s.Name), memory)
                    : ContainerOf(s, containers)
            ),
            .. containers.Where(c => services.All(s => s.Container is null || s.Name != c.Name)),
        ];
    }

    // Only a step may be done: anything else that has ended is missing.
    private static ServiceRow ContainerOf(
        ServiceConfiguration service,
        IReadOnlyList<ServiceRow> containers
    )
    {
        var row =
            containers.FirstOrDefault(c => c.Name == service.Name) ?? NeverStarted(service.Name);
        return row.State == "done" && !ServicePlan.IsOneShot(service)
            ? row with
            {
                State = "stopped",
            }
            : row;
    }

    private static ServiceRow NeverStarted(string name) =>
        new(name, "stopped", null, Since: null, null, Log: null, Container: null, LastLineAt: null);

    private static ServiceRow ServiceOf(
        Checkout checkout,
        ServiceConfiguration service,
        StartedService? started,
        ProcessMemory memory
    )
    {
        var isAlive = started is not null && ProcessTable.IsAlive(started.Process);
        var word =
            isAlive ? "running"
            : started is { IsOneShot: true } ? "done"
            : "stopped";
        var log = ServiceLog.PathOf(checkout, service.Name);
        return new ServiceRow(
            service.Name,
            word,
            isAlive ? started!.Process.Id : null,
            started?.StartedAt,
            isAlive ? memory.Of(started!.Process) : null,
            log,
            Container: null,
            TimeOf(log)
        );
    }

    private static List<DatabaseRow> DatabasesOf(KnownWorktree known) =>
        [
            .. DatabaseClone
                .Describe(known.Identity, known.Configuration.Databases)
                .Select(d => new DatabaseRow(
                    d.Path,
                    d.Exists,
                    d.Bytes,
                    d.CopiedAt,
                    d.ChangedSince
                )),
        ];

    // Git writes the log of HEAD at every commit and checkout, and at nothing else.
    private static DateTimeOffset LastTrace(Checkout checkout, IEnumerable<ServiceRow> running) =>
        running
            .SelectMany(s => new[] { s.Since ?? default, s.LastLineAt ?? default })
            .Append(TimeOf(Path.Combine(checkout.GitDirectory, "logs", "HEAD")))
            .Max();

    // A file that is not there is very old: the year 1601.
    private static DateTimeOffset TimeOf(string file) => new(File.GetLastWriteTimeUtc(file));

    private static KnownWorktree? KnownIfReadable(Checkout checkout, Narrator narrator)
    {
        try
        {
            return KnownWorktree.Of(checkout);
        }
        catch (WorktreeHooksException e)
        {
            // Another branch's worktree.json is damaged: its row is short, the others are whole.
            narrator.Warn(e.Diagnostic);
            return null;
        }
    }
}
