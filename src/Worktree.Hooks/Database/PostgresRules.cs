using System.Globalization;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// What a copy of a stopped PostgreSQL data directory needs, decided by name: the list of "Backing Up The Data
/// Directory" in PostgreSQL's manual (Low-Level Base Backup), and of the WAL only what a start replays.
/// </summary>
internal static class PostgresRules
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
    ];

    /// <summary>Links whose folders belong to the cluster and are copied into the clone: <c>pg_wal</c> and tablespaces.</summary>
    public static bool IsFollowed(string name) =>
        name is "pg_wal"
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

/// <summary>The fields of <c>global/pg_control</c> that a copy goes by (pg_control.h, PostgreSQL 12 to 18).</summary>
/// <param name="State">DBState: 1 is a clean shutdown, 2 one of a standby.</param>
/// <param name="Redo">Where a start begins to replay.</param>
/// <param name="NextTransaction">The next full transaction id at the last checkpoint: moves with every commit that writes.</param>
internal sealed record ControlData(uint State, ulong Redo, ulong NextTransaction)
{
    private const int Needed = 72;

    /// <summary>True where the server was stopped in order.</summary>
    public bool IsShutDown => State == 1;

    /// <summary>Reads the file's content; null for a version whose layout is not known.</summary>
    public static ControlData? TryParse(ReadOnlySpan<byte> content)
    {
        if (content.Length < Needed || BitConverter.ToUInt32(content[8..]) is < 1201 or > 1899)
        {
            return null;
        }
        return new ControlData(
            BitConverter.ToUInt32(content[16..]),
            BitConverter.ToUInt64(content[40..]),
            BitConverter.ToUInt64(content[64..])
        );
    }

    /// <summary>Reads the file of a data directory; null where it is not there or not understood.</summary>
    /// <exception cref="SourceUnreadableException">It may not be read.</exception>
    public static ControlData? TryRead(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, PostgresRules.ControlFile);
        try
        {
            return TryParse(File.ReadAllBytes(path));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new SourceUnreadableException(path, e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
