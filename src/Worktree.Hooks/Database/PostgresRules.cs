using System.Globalization;
using System.Text.RegularExpressions;

namespace Worktree.Hooks.Database;

/// <summary>
/// What a copy of a stopped PostgreSQL data directory needs, decided by name: the list of "Backing Up The Data
/// Directory" in PostgreSQL's manual (Low-Level Base Backup), and of the WAL only what a start replays.
/// </summary>
internal static partial class PostgresRules
{
    /// <summary>Without it no server starts.</summary>
    public const string ControlFile = "global/pg_control";

    private const int SegmentNameLength = 24;

    // Their content is thrown away or rebuilt at start; slots must not be inherited by a copy.
    private static readonly string[] EmptiedFolders =
    [
        "pg_dynshmem/",
        "pg_notify/",
        "pg_replslot/",
        "pg_serial/",
        "pg_snapshots/",
        "pg_stat_tmp/",
        "pg_subtrans/",
        "pg_wal/archive_status/",
    ];

    private static readonly string[] LeftOutNames =
    [
        "backup_label.old",
        "tablespace_map.old",
        "backup_manifest",
        "backup_manifest.tmp",
        "standby.signal",
        "recovery.signal",
    ];

    private const string InitialFork = "_init";

    /// <summary>
    /// Links whose folders and files belong to the cluster and are copied into the clone: <c>pg_wal</c>, tablespaces, and
    /// what a server reads by a fixed name (an older Debian links its certificate).
    /// </summary>
    public static bool IsFollowed(string name) =>
        name
            is "pg_wal"
                or "postgresql.conf"
                or "pg_hba.conf"
                or "pg_ident.conf"
                or "server.crt"
                or "server.key"
        || (
            name.StartsWith("pg_tblspc/", StringComparison.Ordinal)
            && name["pg_tblspc/".Length..].All(char.IsAsciiDigit)
        );

    /// <summary>True for what the copy does not need.</summary>
    /// <param name="name">The path relative to the data directory, with slashes.</param>
    /// <param name="size">Its size.</param>
    /// <param name="control">The source's pg_control; null where it cannot be understood.</param>
    public static bool IsLeftOut(string name, long size, ControlData? control)
    {
        var last = name[(name.LastIndexOf('/') + 1)..];
        return EmptiedFolders.Any(f => name.StartsWith(f, StringComparison.Ordinal))
            || last.StartsWith("pgsql_tmp", StringComparison.Ordinal)
            || last.StartsWith("pg_internal.init", StringComparison.Ordinal)
            || name.StartsWith("postmaster.", StringComparison.Ordinal)
            || LeftOutNames.Contains(name, StringComparer.Ordinal)
            || (
                control is { IsShutDown: true }
                && name.StartsWith("pg_wal/", StringComparison.Ordinal)
                && IsUnneededSegment(last, size, control.Redo)
            );
    }

    /// <summary>
    /// True for what the copy of a running server does not need: the WAL comes when all else is there, and what a crash
    /// throws away (temporary relations, the rows of unlogged ones) is thrown away.
    /// </summary>
    /// <param name="name">The path relative to the data directory, with slashes.</param>
    /// <param name="size">Its size.</param>
    /// <param name="initialForks">What <see cref="InitialForks"/> found.</param>
    public static bool IsLeftOutWhileRunning(
        string name,
        long size,
        IReadOnlySet<string> initialForks
    ) =>
        IsLeftOut(name, size, control: null)
        || (
            name.StartsWith("pg_wal/", StringComparison.Ordinal)
            && name is not "pg_wal/archive_status"
        )
        || name is ControlFile or "backup_label" or "tablespace_map"
        || (
            IsRelation(name)
            && (
                TemporaryRelation().IsMatch(name)
                || (
                    !name.EndsWith(InitialFork, StringComparison.Ordinal)
                    && initialForks.Contains(RelationOf(name))
                )
            )
        );

    /// <summary>The unlogged relations among these names, without fork and segment.</summary>
    public static IReadOnlySet<string> InitialForks(IEnumerable<string> names) =>
        names
            .Where(n => IsRelation(n) && n.EndsWith(InitialFork, StringComparison.Ordinal))
            .Select(n => n[..^InitialFork.Length])
            .ToHashSet(StringComparer.Ordinal);

    private static bool IsRelation(string name) =>
        name.StartsWith("base/", StringComparison.Ordinal)
        || name.StartsWith("pg_tblspc/", StringComparison.Ordinal);

    // base/5/16384_fsm.1 → base/5/16384
    private static string RelationOf(string name)
    {
        var file = name.LastIndexOf('/') + 1;
        var end = name.AsSpan(file).IndexOfAny('_', '.');
        return end < 0 ? name : name[..(file + end)];
    }

    [GeneratedRegex(
        @"/t\d+_\d+(_(fsm|vm))?(\.\d+)?$",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex TemporaryRelation();

    // A clean shutdown's checkpoint is the last record: its segment is needed, and the next where it may reach over.
    private static bool IsUnneededSegment(string name, long size, ulong redo)
    {
        const int Reach = 1 << 20;
        if (
            name.Length != SegmentNameLength
            || size < Reach
            || !ulong.TryParse(
                name.AsSpan(8, 8),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var log
            )
            || !ulong.TryParse(
                name.AsSpan(16, 8),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var segment
            )
        )
        {
            return false;
        }
        var start = (log << 32) + (segment * (ulong)size);
        return start + (ulong)size <= redo || start > redo + Reach;
    }
}
