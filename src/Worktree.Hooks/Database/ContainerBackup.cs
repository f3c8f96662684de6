using System.Globalization;
using System.Text;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// The backup mode of a server in a container, in one session of the <c>psql</c> that is there: it needs no port and no
/// password. Whatever ends this process ends the session, and with it the backup.
/// </summary>
internal sealed class ContainerBackup : IDisposable
{
    private const int RenamedFunctions = 150000;

    private readonly EngineSession session;
    private readonly bool isOld;

    /// <summary>Begins a session.</summary>
    /// <exception cref="IOException">The server, or psql, refuses; the message is theirs.</exception>
    public ContainerBackup(
        ContainerEngine engine,
        ContainerServer server,
        CancellationToken cancellation
    )
    {
        var password = server.Over(new Dictionary<string, string>(StringComparer.Ordinal));
        session = engine.Attach(
            server.Container.Id,
            [
                "psql",
                "--no-psqlrc",
                "--no-password",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--set=ON_ERROR_STOP=1",
                "--username",
                password.GetValueOrDefault("POSTGRES_USER", "postgres"),
                "--dbname=postgres",
            ],
            cancellation,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["PGPASSWORD"] = password.GetValueOrDefault("POSTGRES_PASSWORD", ""),
                ["PGAPPNAME"] = "worktree-hooks",
            }
        );
        try
        {
            Ask("SET client_encoding = 'UTF8'; SELECT '='");
            isOld =
                int.Parse(
                    Ask("SELECT '=' || current_setting('server_version_num')"),
                    CultureInfo.InvariantCulture
                ) < RenamedFunctions;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>The server's <c>postmaster.pid</c>, which proves which directory it serves.</summary>
    public string PostmasterFile =>
        Text(
            Ask("SELECT '=' || encode(convert_to(pg_read_file('postmaster.pid'), 'UTF8'), 'hex')")
        );

    /// <summary>See <see cref="PostgresBackup.Snapshot"/>.</summary>
    public string Snapshot =>
        Ask(
            "SELECT '=' || system_identifier::text || ' ' || pg_current_snapshot()::text FROM pg_control_system()"
        );

    /// <summary>The size of a WAL segment.</summary>
    public long SegmentBytes =>
        long.Parse(
            Ask("SELECT '=' || setting FROM pg_settings WHERE name = 'wal_segment_size'"),
            CultureInfo.InvariantCulture
        );

    /// <summary>Begins: a checkpoint is made, and where a replication slot is free the WAL from here on is kept.</summary>
    public void Begin()
    {
        Ask(
            "SELECT '=' || count(pg_create_physical_replication_slot("
                + $"'worktree_hooks_{Guid.NewGuid():N}', true, true)::text) FROM pg_settings "
                + "WHERE name = 'max_replication_slots' AND setting::int > (SELECT count(*) FROM pg_replication_slots)"
        );
        Ask(
            isOld
                ? "SELECT '=' || pg_start_backup('worktree-hooks', true, false)::text"
                : "SELECT '=' || pg_backup_start('worktree-hooks', true)::text"
        );
    }

    /// <summary>Ends, in the same session: the copy needs nothing more than the WAL up to its last segment.</summary>
    public BackupEnd End()
    {
        var bytes = SegmentBytes;
        var stop = isOld ? "pg_stop_backup(false, false)" : "pg_backup_stop(false)";
        var parts = Ask(
                $"SELECT '=' || lsn::text || ' ' || encode(convert_to(labelfile, 'UTF8'), 'hex') FROM {stop}"
            )
            .Split(' ');
        var label = Text(parts[1]);
        return new BackupEnd(label, WalSegment.Of(parts[0], label, bytes));
    }

    public void Dispose() => session.Dispose();

    // Every answer is one line and begins with "=": what else a server says is not taken for one.
    private string Ask(string sql)
    {
        try
        {
            session.WriteLine(sql + ";");
            while (session.ReadLine() is { } line)
            {
                if (line.StartsWith('='))
                {
                    return line[1..].TrimEnd('\r');
                }
            }
        }
        catch (EngineException e)
        {
            // psql takes the connection with it when it ends; an engine that is gone does not tell that it did.
            throw new IOException(session.ExitCode() is null ? e.Message : Words, e);
        }
        throw new IOException(Words);
    }

    private string Words =>
        session.ErrorOutput.Trim() is { Length: > 0 } words ? words : "psql ended";

    private static string Text(string hex) => Encoding.UTF8.GetString(Convert.FromHexString(hex));
}
