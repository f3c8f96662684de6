using System.Globalization;
using System.Text;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// A PostgreSQL whose server runs on: copied in its backup mode, so that the copy recovers to one moment, as if the
/// machine had lost its power then.
/// </summary>
internal sealed class RunningPostgres : SourceSession
{
    private readonly string source;
    private readonly PostgresBackup backup;
    private readonly Narrator narrator;
    private readonly string snapshot;

    /// <summary>Takes over a session with the server.</summary>
    public RunningPostgres(string source, PostgresBackup backup, Narrator narrator)
    {
        this.source = source;
        this.backup = backup;
        this.narrator = narrator;
        snapshot = backup.Snapshot;
    }

    /// <summary>The transactions, and the configuration files, which no transaction changes.</summary>
    public override string Fingerprint
    {
        get
        {
            var files = Directory
                .GetFiles(source, "*.conf")
                .Order(StringComparer.Ordinal)
                .Select(f =>
                    FileStat.TryOf(f) is { } s ? $"{Path.GetFileName(f)} {s.Size} {s.Changed}" : f
                );
            return $"running {snapshot} {TextHash.Hex(string.Join('\n', files), 16)}";
        }
    }

    public override bool IsSettledAt(DateTimeOffset now) => PostgresBackup.IsQuiet(snapshot);

    public override CopyPlan Plan()
    {
        backup.Begin();
        var unlogged = backup.UnloggedTables;
        if (unlogged.Length > 0)
        {
            narrator.Say(
                $"unlogged tables are empty in the copy of a running server, as after a crash: {unlogged}"
            );
        }
        var entries = TreeScan.Of(source, PostgresRules.IsFollowed, SourceMotion.Moving);
        var initial = PostgresRules.InitialForks(entries.Select(e => e.Name));
        return PostgresTablespaces.Inside(
            CopyPlan.Of(
                entries,
                e => PostgresRules.IsLeftOutWhileRunning(e.Name, e.Stat.Size, initial),
                lastFile: null
            )
        );
    }

    public override string Copy(CopyPlan plan, string target, CopyMeter meter) =>
        DatabaseKind.MethodName(TreeCopy.Run(plan, target, meter, SourceMotion.Moving))
        + ", main kept running";

    public override void Complete(CopyPlan plan, string target)
    {
        var controlFile = Path.Combine(source, PostgresRules.ControlFile);
        var control = ReadControl(controlFile);
        var end = backup.End();
        CopyWal(end, Path.Combine(target, "pg_wal"));
        WriteAs(
            Path.Combine(target, "backup_label"),
            Encoding.UTF8.GetBytes(end.Label),
            controlFile
        );
        // Last of all: without it no server starts.
        WriteAs(Path.Combine(target, PostgresRules.ControlFile), control, controlFile);
    }

    public override void Dispose() => backup.Dispose();

    private void CopyWal(BackupEnd end, string target)
    {
        var folder = Path.Combine(source, "pg_wal");
        var bytes = long.Parse(backup.Setting("wal_segment_size"), CultureInfo.InvariantCulture);
        var histories = Directory.GetFiles(folder, "*.history").Select(f => Path.GetFileName(f)!);
        foreach (
            var name in WalSegment
                .Range(WalSegment.FirstOf(end.Label), end.StopSegment, bytes)
                .Concat(histories)
        )
        {
            var segment = Path.Combine(folder, name);
            var stat =
                FileStat.TryOf(segment)
                ?? throw DatabaseFailure.Running(
                    source,
                    $"PostgreSQL is running in '{source}' and has removed '{segment}', which the copy needs, because no "
                        + "replication slot could keep it (max_replication_slots, or ALTER ROLE … REPLICATION)"
                );
            FileCloner.Copy(segment, stat, Path.Combine(target, name), _ => { });
        }
    }

    // A write of it may be under way: only a content whose checksum holds counts.
    private static byte[] ReadControl(string path)
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var content = File.ReadAllBytes(path);
            if (ControlChecksum.Holds(content))
            {
                return content;
            }
            Thread.Yield();
        }
        throw new SourceChangedException($"'{path}' has no valid checksum");
    }

    private static void WriteAs(string path, byte[] content, string like)
    {
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.Write(file, content, 0);
        }
        FileMetadata.Apply(path, FileStat.TryOf(like)!);
    }
}
