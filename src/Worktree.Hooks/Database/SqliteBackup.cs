using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>SQLite's online backup (sqlite.org/backup.html), in steps, so that it can be stopped and followed.</summary>
internal static class SqliteBackup
{
    private const int StepBytes = 4 << 20;
    private const int NoCheckpointOnClose = 1006; // SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE
    private const int BusySeconds = 10;
    private const long MostToCheck = 256 << 20; // about a second

    /// <summary>
    /// Copies a database to a file that does not exist yet. One read transaction holds main's state: in WAL mode
    /// writers go on meanwhile, in the other modes they wait. Main's files stay as they are, its log too.
    /// </summary>
    /// <exception cref="SqliteException">SQLite refused; <see cref="Explain"/> words it.</exception>
    /// <exception cref="OperationCanceledException">The user cancelled.</exception>
    public static void Run(string source, string target, CopyMeter meter)
    {
        CreatePrivate(target);
        try
        {
            using var from = Open(source);
            if (FileStat.TryOf(source + "-wal") is { Size: > 0 })
            {
                // We may be the last to close it, and must not write main's log into its file.
                _ = raw.sqlite3_db_config(from.Handle, NoCheckpointOnClose, 1, out _);
            }
            using var state = from.BeginTransaction(deferred: true);
            _ = Ask(from, "SELECT count(*) FROM sqlite_master");
            var pageSize = Ask(from, "PRAGMA page_size");
            using var to = Open(target);
            _ = Ask(to, "PRAGMA synchronous=OFF");
            _ = Ask(to, "PRAGMA journal_mode=OFF"); // a copy that fails is deleted
            Copy(from, to, pageSize, meter);
            RequireSound(to, target);
        }
        finally
        {
            foreach (var suffix in new[] { "-wal", "-shm", "-journal" })
            {
                File.Delete(target + suffix);
            }
        }
    }

    /// <summary>Brings what lies in the log into the file, so that the file is whole by itself.</summary>
    /// <exception cref="SqliteException">Somebody uses it (<see cref="IsBusy"/>), or it is damaged.</exception>
    public static void Settle(string path)
    {
        using var database = Open(path);
        _ = Ask(database, "PRAGMA busy_timeout=0");
        using (var exclusive = database.BeginTransaction())
        {
            _ = Ask(database, "SELECT count(*) FROM sqlite_master");
            exclusive.Rollback();
        }
        if (Ask(database, "PRAGMA wal_checkpoint(TRUNCATE)") != 0)
        {
            throw new SqliteException("busy", raw.SQLITE_BUSY);
        }
    }

    /// <summary>True where another program holds a lock.</summary>
    public static bool IsBusy(SqliteException exception) =>
        exception.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    /// <summary>Words what SQLite says about main's file.</summary>
    public static Exception Explain(SqliteException exception, string source) =>
        exception.SqliteErrorCode switch
        {
            raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT => new WorktreeHooksException(
                ErrorCatalogue.DatabaseCorrupt,
                $"'{source}' cannot be read by SQLite ({exception.Message.TrimEnd('.')}): it is damaged, encrypted or "
                    + "no SQLite file. Repair it (sqlite3 … '.recover'), or give it \"type\": \"directory\" of its folder "
                    + "in worktree.json.",
                exception
            ),
            raw.SQLITE_FULL => PosixError.DiskFull(exception.Message),
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => DatabaseFailure.Running(
                source,
                $"another program has locked '{source}' for {BusySeconds} s"
            ),
            _ => new IOException(exception.Message, exception),
        };

    private static void Copy(
        SqliteConnection from,
        SqliteConnection to,
        long pageSize,
        CopyMeter meter
    )
    {
        using var backup = raw.sqlite3_backup_init(to.Handle, "main", from.Handle, "main");
        SqliteException.ThrowExceptionForRC(
            backup.IsInvalid ? raw.sqlite3_errcode(to.Handle) : 0,
            to.Handle
        );
        var pages = (int)Math.Max(1, StepBytes / pageSize);
        for (var result = raw.SQLITE_OK; result != raw.SQLITE_DONE; )
        {
            var before = raw.sqlite3_backup_remaining(backup);
            result = raw.sqlite3_backup_step(backup, pages);
            if (result is not (raw.SQLITE_OK or raw.SQLITE_DONE))
            {
                throw new SqliteException(raw.sqlite3_errstr(result).utf8_to_string(), result);
            }
            var total = raw.sqlite3_backup_pagecount(backup);
            meter.Total = total * pageSize;
            var remaining = raw.sqlite3_backup_remaining(backup);
            meter.Add(((before == 0 ? total : before) - remaining) * pageSize);
        }
    }

    // The backup copies pages without a look into them.
    private static void RequireSound(SqliteConnection copy, string path)
    {
        if (FileStat.TryOf(path) is not { Size: < MostToCheck })
        {
            return;
        }
        using var command = copy.CreateCommand();
        command.CommandText = "PRAGMA quick_check(1)";
        if (command.ExecuteScalar() is string and not "ok" and var fault)
        {
            throw new SqliteException(fault.ReplaceLineEndings(" "), raw.SQLITE_CORRUPT);
        }
    }

    private static SqliteConnection Open(string path)
    {
        Batteries_V2.Init(); // by name, as there is no reflection in the ahead-of-time build
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadWrite,
                Pooling = false,
                DefaultTimeout = BusySeconds,
            }.ToString()
        );
        connection.Open();
        return connection;
    }

    private static long Ask(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // the texts are the constants above
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar() is long number ? number : 0;
    }

    private static void CreatePrivate(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        new FileStream(path, options).Dispose();
    }
}
