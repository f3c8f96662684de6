using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>All worktrees of a repository, and what runs of them.</summary>
internal sealed record StatusReport(string Project, IReadOnlyList<StatusRow> Worktrees)
{
    private static readonly TimeSpan IdleTime = TimeSpan.FromHours(2);

    /// <summary>Looks at git's list, the leases, the processes, the containers and the databases; changes nothing.</summary>
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
            {
                var services = new StatusServices(environment, w.Row.Checkout, w.Known, memory);
                var stack = services.With([.. containers.Of(w.Row.Checkout.GitDirectory)]);
                return RowOf(w.Row, w.Known, stack, connected, now);
            });
        return new StatusReport(worktrees.Project, [.. rows]);
    }

    private static StatusRow RowOf(
        WorktreeRow worktree,
        KnownWorktree? known,
        StatusStack stack,
        IReadOnlySet<int> connected,
        DateTimeOffset now
    )
    {
        var running = stack.Running;
        DateTimeOffset? last =
            running.Count == 0 ? null
            : worktree.Urls.Keys.Any(name => connected.Contains(worktree.Ports[name])) ? now
            : LastTrace(worktree.Checkout, running);
        return new StatusRow(
            worktree,
            stack.State,
            stack.Services,
            running.All(r => r.MemoryBytes is null) ? null : running.Sum(r => r.MemoryBytes ?? 0),
            last,
            last is { } activity && now - activity > IdleTime,
            known is null ? [] : DatabasesOf(known)
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
            .Append(StatusServices.TimeOf(Path.Combine(checkout.GitDirectory, "logs", "HEAD")))
            .Max();

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
