using System.Globalization;
using Npgsql;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Database;

/// <summary>What <c>pg_backup_stop</c> answered.</summary>
/// <param name="Label">The content of <c>backup_label</c>, to be written as it is.</param>
/// <param name="StopSegment">The name of the last WAL segment that the copy needs.</param>
internal sealed record BackupEnd(string Label, string StopSegment);

/// <summary>
/// The backup mode of a running server, in one session (PostgreSQL's manual, "Making a Base Backup Using the Low Level
/// API"): no connection is dropped and nothing is frozen. Whatever ends the session ends the backup and frees the WAL.
/// </summary>
internal sealed class PostgresBackup : IDisposable
{
    private const int RenamedFunctions = 150000;

    private readonly NpgsqlConnection connection;
    private readonly string source;
    private readonly CancellationToken cancellation;
    private readonly int version;

    /// <summary>Takes over an open connection.</summary>
    public PostgresBackup(
        NpgsqlConnection connection,
        string source,
        CancellationToken cancellation
    )
    {
        this.connection = connection;
        this.source = source;
        this.cancellation = cancellation;
        version = int.Parse(Ask("SHOW server_version_num"), CultureInfo.InvariantCulture);
    }

    private string StartFunction =>
        version < RenamedFunctions ? "pg_start_backup" : "pg_backup_start";

    private string StopFunction => version < RenamedFunctions ? "pg_stop_backup" : "pg_backup_stop";

    // Until 14 there were exclusive backups too, and these are what the third and the first argument decline.
    private string StartArguments =>
        version < RenamedFunctions ? "(text, boolean, boolean)" : "(text, boolean)";

    private string StopArguments => version < RenamedFunctions ? "(boolean, boolean)" : "(boolean)";

    /// <summary>
    /// The state of the data: equal where no transaction has written in between. Transactions under way make it worthless,
    /// see <see cref="IsQuiet"/>.
    /// </summary>
    public string Snapshot =>
        Ask(
            "SELECT system_identifier::text || ' ' || pg_current_snapshot()::text FROM pg_control_system()"
        );

    /// <summary>True where no transaction that writes was under way in a snapshot.</summary>
    public static bool IsQuiet(string snapshot) => snapshot.EndsWith(':');

    /// <summary>The server's setting, such as <c>config_file</c>.</summary>
    public string Setting(string name) =>
        Ask($"SELECT setting FROM pg_settings WHERE name = '{name}'");

    /// <summary>The names of unlogged tables, whose rows no backup has.</summary>
    public string UnloggedTables =>
        Ask(
            "SELECT coalesce(string_agg(oid::regclass::text, ', '), '') FROM pg_class WHERE relpersistence = 'u' AND relkind = 'r'"
        );

    /// <summary>Begins: the WAL from here on is kept, and a checkpoint is made.</summary>
    /// <exception cref="WorktreeHooksException">WTH4002: a right or a setting is missing; the message says which.</exception>
    public void Begin()
    {
        RequireSettings();
        RequireRights();
        KeepWal();
        Ask(
            $"SELECT {StartFunction}('worktree-hooks', true{(version < RenamedFunctions ? ", false" : "")})::text"
        );
    }

    /// <summary>Ends: from here on the copy needs nothing more than the WAL up to its last segment.</summary>
    public BackupEnd End()
    {
        var bytes = long.Parse(Setting("wal_segment_size"), CultureInfo.InvariantCulture);
        using var command = Command(
            $"SELECT lsn::text, labelfile FROM {StopFunction}(false{(version < RenamedFunctions ? ", false" : "")})"
        );
        using var registration = cancellation.Register(command.Cancel);
        using var reader = command.ExecuteReader();
        reader.Read();
        var label = reader.GetString(1);
        return new BackupEnd(label, WalSegment.Of(reader.GetString(0), label, bytes));
    }

    public void Dispose() => connection.Dispose();

    private void RequireSettings()
    {
        if (Setting("wal_level") == "minimal")
        {
            throw Refuse(
                "its wal_level is 'minimal', with which a running server cannot be copied. Set wal_level = replica and restart it, or stop it"
            );
        }
        if (
            Ask("SELECT pg_is_in_recovery()::text") == "true"
            && Setting("full_page_writes") == "off"
        )
        {
            throw Refuse("it is a standby with full_page_writes = off. Stop it");
        }
    }

    private void RequireRights()
    {
        foreach (
            var function in new[] { StartFunction + StartArguments, StopFunction + StopArguments }
        )
        {
            if (Ask($"SELECT has_function_privilege('{function}', 'EXECUTE')::text") != "true")
            {
                var user = Ask("SELECT quote_ident(current_user)");
                throw Refuse(
                    $"its user {user} may not run a backup. As a superuser, in database '{connection.Database}': "
                        + $"GRANT EXECUTE ON FUNCTION {StartFunction}{StartArguments} TO {user}; "
                        + $"GRANT EXECUTE ON FUNCTION {StopFunction}{StopArguments} TO {user}; ALTER ROLE {user} REPLICATION. Or stop it"
                );
            }
        }
    }

    // A temporary slot dies with the session. Without one (none free, no right) the segments are looked for at the end.
    private void KeepWal()
    {
        try
        {
            Ask(
                $"SELECT slot_name::text FROM pg_create_physical_replication_slot('worktree_hooks_{Guid.NewGuid():N}', true, true)"
            );
        }
        catch (PostgresException e)
            when (e.SqlState
                    is PostgresErrorCodes.InsufficientPrivilege
                        or PostgresErrorCodes.ConfigurationLimitExceeded
                        or PostgresErrorCodes.ObjectNotInPrerequisiteState
            )
        {
            // Small databases are copied before a checkpoint removes anything.
        }
    }

    private WorktreeHooksException Refuse(string reason) =>
        new(
            ErrorCatalogue.DatabaseRunning,
            $"PostgreSQL is running in '{source}', and {reason} and run 'dotnet worktree db sync', or pass --keep-db."
        );

    private string Ask(string sql)
    {
        using var command = Command(sql);
        using var registration = cancellation.Register(command.Cancel);
        return command.ExecuteScalar() as string ?? "";
    }

    private NpgsqlCommand Command(string sql)
    {
        cancellation.ThrowIfCancellationRequested();
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // every text is ours; nothing of a user's is in it
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }
}
