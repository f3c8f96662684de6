using System.Globalization;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Setup;

/// <summary>The words of <c>status</c>: a build and a pipe get them as one table, a terminal draws them with links.</summary>
internal static class StatusText
{
    /// <summary>The table of <c>status</c>, a line for each worktree.</summary>
    public static ReportTable Table(this StatusReport report, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return new ReportTable(
            ["worktree", "branch", "state", "services", "memory", "database", "ports", "url"],
            [
                .. report.Worktrees.Select(row =>
                    (IReadOnlyList<string>)
                        [
                            Name(row),
                            Branch(row),
                            State(row, now),
                            string.Join(", ", row.Services.Select(s => Describe(s, now))),
                            Memory(row.MemoryBytes),
                            string.Join(", ", row.Databases.Select(d => Describe(d, now))),
                            Ports(row.Worktree),
                            row.Worktree.Urls.Values.FirstOrDefault() ?? "",
                        ]
                ),
            ]
        );
    }

    /// <summary><c>feature-x *</c>: the star marks the worktree that the command was given in.</summary>
    public static string Name(StatusRow row) =>
        row.Worktree.Current ? $"{row.Worktree.Name} *" : row.Worktree.Name;

    /// <summary>The branch, or that there is none.</summary>
    public static string Branch(StatusRow row) => row.Worktree.Branch ?? "(detached)";

    /// <summary><c>running</c>, <c>running, idle for 3 h</c>.</summary>
    public static string State(StatusRow row, DateTimeOffset now) =>
        row is { Idle: true, LastActivity: { } last }
            ? $"{row.State}, idle for {Duration(now - last)}"
            : row.State;

    /// <summary><c>app running for 3 min</c>.</summary>
    public static string Describe(ServiceRow service, DateTimeOffset now) =>
        service is { State: "running" or "unhealthy", Since: { } since }
            ? $"{service.Name} {service.State} for {Duration(now - since)}"
            : $"{service.Name} {service.State}";

    /// <summary><c>postgres_data 4.9 GB, copied 3 h ago, written to</c>.</summary>
    public static string Describe(DatabaseRow database, DateTimeOffset now)
    {
        var size =
            !database.Exists ? "none"
            : database.Bytes is { } bytes ? ByteSize.Format(bytes)
            : "not readable";
        var age = database is { Exists: true, CopiedAt: { } at }
            ? $", copied {Duration(now - at)} ago"
            : "";
        return $"{database.Path} {size}{age}{(database.ChangedSince is true ? ", written to" : "")}";
    }

    /// <summary><c>APP_PORT 4502, POSTGRES_PORT 5501</c>: all ports but the one that the first URL has.</summary>
    public static string Ports(WorktreeRow worktree)
    {
        var shown = worktree.Urls.Keys.FirstOrDefault();
        return string.Join(
            ", ",
            worktree.Ports.Where(p => p.Key != shown).Select(p => $"{p.Key} {p.Value}")
        );
    }

    /// <summary><c>48.1 MB</c>, or nothing where it is not known.</summary>
    public static string Memory(long? bytes) => bytes is { } known ? ByteSize.Format(known) : "";

    /// <summary><c>30 s</c>, <c>5 min</c>, <c>2.5 h</c>, <c>3 days</c>.</summary>
    public static string Duration(TimeSpan time) =>
        time.TotalDays >= 2
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0} days")
        : time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} h")
        : time.TotalMinutes >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, time.TotalSeconds):0} s");
}
