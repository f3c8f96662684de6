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
    private ControlFile? control;
    private ulong? nextTransaction;

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

    public override void Copy(CopyPlan plan, CopyTree tree)
    {
        TreeCopy.Run(plan, tree, SourceMotion.Moving);
        tree.Method += ", main kept running";
    }

    public override void Complete(CopyPlan plan, string target)
    {
        control = ControlFile.ReadRunning(source);
        var end = backup.End();
        var bytes = long.Parse(backup.Setting("wal_segment_size"), CultureInfo.InvariantCulture);
        CopyWal(end, bytes, Path.Combine(target, "pg_wal"));
        nextTransaction = ControlData.TryParse(control.Content) is { } data
            ? WalTransactions.Next(
                Path.Combine(target, "pg_wal"),
                end.Label,
                end.StopSegment,
                bytes,
                data.NextTransaction
            )
            : null;
        ControlFile.WriteAs(
            Path.Combine(target, "backup_label"),
            Encoding.UTF8.GetBytes(end.Label),
            control.Like
        );
    }

    /// <summary>With the next transaction id at the end of the copy's recovery, which is main's work and not the copy's.</summary>
    public override string FingerprintOfCopy(string target) =>
        $"{ControlFile.Fingerprint(control!.Content)}|{nextTransaction}";

    public override void MakeStartable(string target) => control!.PutInto(target);

    public override void Dispose() => backup.Dispose();

    private void CopyWal(BackupEnd end, long bytes, string target)
    {
        var folder = Path.Combine(source, "pg_wal");
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
}
