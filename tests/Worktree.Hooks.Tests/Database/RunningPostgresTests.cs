using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Tests.Database;

/// <summary>Copies of a main whose server goes on working.</summary>
[Collection(PostgresTests.Name)]
public sealed class RunningPostgresTests : IDisposable
{
    private const string Count = "SELECT count(*) FROM t";

    private readonly PostgresServer server;
    private readonly CloneRepository repository = new(DatabaseType.Postgres, "postgres_data");

    public RunningPostgresTests(PostgresServer server)
    {
        if (PostgresServer.Programs is null)
        {
            repository.Dispose(); // xunit disposes nothing whose constructor did not return
            Skip.If(true, "PostgreSQL is not installed");
        }
        this.server = server;
        server.MakeCluster(repository.InMain);
        server.Start(repository.InMain);
    }

    public void Dispose()
    {
        server.Stop(repository.InMain, "immediate");
        repository.Dispose();
    }

    [SkippableFact]
    public void A_running_main_is_copied_to_one_moment_and_goes_on()
    {
        var started = server.Sql("SELECT pg_postmaster_start_time()");
        server.Sql("INSERT INTO t VALUES (4)");

        var outcome = repository.CopyMissing();

        Assert.Equal(DatabaseOutcomeKind.Copied, outcome.Kind);
        Assert.EndsWith("main kept running", outcome.Method, StringComparison.Ordinal);
        server.Sql("INSERT INTO t VALUES (5)");
        Assert.Equal("4", AskClone(Count));
        Assert.Equal("5", server.Sql(Count));
        Assert.Equal(started, server.Sql("SELECT pg_postmaster_start_time()"));
        Assert.Equal("0", server.Sql("SELECT count(*) FROM pg_replication_slots"));
        Assert.Empty(repository.Neighbours());
    }

    [SkippableFact]
    public void A_transaction_under_way_is_not_in_the_copy()
    {
        server.Sql("CREATE TABLE waits (x int)");
        var waiting = server.Sql(
            "BEGIN; INSERT INTO waits VALUES (1); SELECT pg_current_xact_id() IS NOT NULL; ROLLBACK"
        );
        Assert.Contains("t", waiting, StringComparison.Ordinal);

        repository.CopyMissing();

        Assert.Equal("0", AskClone("SELECT count(*) FROM waits"));
    }

    [SkippableFact]
    public void An_untouched_copy_of_a_main_without_a_new_transaction_is_left_as_it_is()
    {
        repository.CopyMissing();

        Assert.Equal(DatabaseOutcomeKind.Unchanged, repository.Sync().Kind);
        server.Sql("INSERT INTO t VALUES (4)");
        Assert.Equal(DatabaseOutcomeKind.Copied, repository.Sync().Kind);
        Assert.Equal(DatabaseOutcomeKind.Unchanged, repository.Sync().Kind);
        server.Sql("ALTER SYSTEM SET work_mem = '5MB'");
        Assert.Equal(DatabaseOutcomeKind.Copied, repository.Sync().Kind);
    }

    [SkippableFact]
    public void Only_a_copy_that_was_written_to_is_kept_as_the_previous_generation()
    {
        repository.CopyMissing();
        AskClone("SELECT 1");
        server.Sql("INSERT INTO t VALUES (4)");
        Assert.Null(repository.Sync().KeptPrevious);

        AskClone("INSERT INTO t VALUES (99)");
        Assert.NotNull(repository.Sync().KeptPrevious);
        Assert.Equal("4", AskClone(Count));

        Assert.Equal(DatabaseOutcomeKind.Restored, repository.Restore().Kind);
        Assert.Equal("1", AskClone("SELECT count(*) FROM t WHERE x = 99"));
        repository.Restore();
        Assert.Equal("0", AskClone("SELECT count(*) FROM t WHERE x = 99"));
    }

    [SkippableFact]
    public void Without_a_previous_generation_there_is_nothing_to_restore()
    {
        repository.CopyMissing();

        var e = Assert.Throws<WorktreeHooksException>(repository.Restore);

        Assert.Equal(ErrorCatalogue.NothingToRestore, e.Diagnostic.Definition);
        Assert.Equal("3", AskClone(Count));
    }

    [SkippableFact]
    public void A_running_copy_is_not_restored()
    {
        repository.CopyMissing();
        AskClone("INSERT INTO t VALUES (99)");
        server.Sql("INSERT INTO t VALUES (4)");
        repository.Sync();
        server.Start(repository.InWorktree, port: 5499);
        try
        {
            var e = Assert.Throws<WorktreeHooksException>(repository.Restore);
            Assert.Equal(ErrorCatalogue.TargetInUse, e.Diagnostic.Definition);
        }
        finally
        {
            server.Stop(repository.InWorktree);
        }
    }

    [SkippableFact]
    public void Tablespaces_come_along_and_are_the_copys_own()
    {
        var space = repository.Repository.Beside("space");
        repository.Shell($"mkdir '{space}' && chown --reference='{repository.InMain}' '{space}'");
        server.Sql($"CREATE TABLESPACE far LOCATION '{space}'");
        server.Sql("CREATE TABLE f TABLESPACE far AS SELECT generate_series(1, 5) AS x");

        repository.CopyMissing();

        Assert.Equal("INSERT 0 1\n6", AskClone("INSERT INTO f VALUES (6); SELECT count(*) FROM f"));
        Assert.Equal("5", server.Sql("SELECT count(*) FROM f"));
    }

    [SkippableFact]
    public void A_tablespace_in_the_data_directory_and_one_outside_are_the_copys_own()
    {
        var outside = repository.Repository.Beside("space");
        var inside = Path.Combine(repository.InMain, "inside");
        repository.Shell(
            $"mkdir '{outside}' '{inside}' && chown --reference='{repository.InMain}' '{outside}' '{inside}'"
        );
        server.Sql($"CREATE TABLESPACE far LOCATION '{outside}'");
        server.Sql($"CREATE TABLESPACE near LOCATION '{inside}'");
        server.Sql("CREATE TABLE f TABLESPACE far AS SELECT generate_series(1, 5) AS x");
        server.Sql("CREATE TABLE n TABLESPACE near AS SELECT generate_series(1, 6) AS x");

        repository.CopyMissing();

        const string Both = "SELECT (SELECT count(*) FROM f), (SELECT count(*) FROM n)";
        Assert.Equal(
            "INSERT 0 1\nINSERT 0 1\n6|7",
            AskClone($"INSERT INTO f VALUES (0); INSERT INTO n VALUES (0); {Both}")
        );
        Assert.Equal("5|6", server.Sql(Both));
        server.Sql("INSERT INTO n VALUES (7)");
        repository.Sync();
        Assert.Equal("5|7", AskClone(Both));
    }

    [SkippableFact]
    public void A_log_behind_a_link_and_files_that_come_and_go_do_not_disturb_the_copy()
    {
        server.Stop(repository.InMain);
        var log = repository.Repository.Beside("log");
        var strange = Path.Combine(repository.InMain, "strange");
        repository.Shell(
            $"mv '{repository.InMain}/pg_wal' '{log}' && ln -s '{log}' '{repository.InMain}/pg_wal' && mkfifo '{repository.InMain}/fifo'"
                + $" && mkdir '{strange}' && echo x > '{strange}/gone' && echo x > '{strange}/grows' && ln -s / '{strange}/out'"
        );
        server.Start(repository.InMain);
        server.Sql("INSERT INTO t VALUES (4)");

        var outcome = DatabaseClone.CopyMissing(
            repository.Call(
                new ActingNarrator(() =>
                    repository.Shell($"rm '{strange}/gone' && echo more >> '{strange}/grows'")
                )
            ),
            [repository.Database]
        )[0];

        Assert.Equal(DatabaseOutcomeKind.Copied, outcome.Kind);
        Assert.Null(new FileInfo(Path.Combine(repository.InWorktree, "pg_wal")).LinkTarget);
        Assert.False(Path.Exists(Path.Combine(repository.InWorktree, "strange/gone")));
        Assert.False(Path.Exists(Path.Combine(repository.InWorktree, "fifo")));
        Assert.Equal("INSERT 0 1\n5", AskClone($"INSERT INTO t VALUES (9); {Count}"));
        Assert.Equal("4", server.Sql(Count));
    }

    [SkippableFact]
    public void Unlogged_tables_are_empty_and_said_to_be()
    {
        server.Sql("CREATE UNLOGGED TABLE fast AS SELECT generate_series(1, 5) AS x");

        repository.CopyMissing();

        Assert.Equal("0", AskClone("SELECT count(*) FROM fast"));
        Assert.Contains(
            repository.Narrator.Lines,
            l => l.Contains("unlogged tables are empty", StringComparison.Ordinal)
        );
    }

    [SkippableFact]
    public void A_server_that_wants_a_password_gets_the_one_of_mains_env_file()
    {
        server.Sql("CREATE ROLE backup LOGIN SUPERUSER PASSWORD 'geheim'");
        repository.Shell($"echo 'local all all scram-sha-256' > '{repository.InMain}/pg_hba.conf'");
        server.Sql("SELECT pg_reload_conf()");
        var refused = Refused();
        Assert.Contains("no password", refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("POSTGRES_PASSWORD", refused.Message, StringComparison.Ordinal);

        repository.Repository.Write(".env", "POSTGRES_USER=backup\nPOSTGRES_PASSWORD=\"geheim\"\n");
        Assert.Equal(DatabaseOutcomeKind.Copied, repository.CopyMissing().Kind);
    }

    [SkippableFact]
    public void A_user_without_the_rights_is_told_the_grants_and_with_them_may_copy()
    {
        server.Sql("CREATE ROLE clerk LOGIN");
        repository.Repository.Write(".env", "POSTGRES_USER=clerk\n");
        repository.Shell(
            $"printf 'local all clerk trust\\nlocal all all reject\\n' > '{repository.InMain}/pg_hba.conf'"
        );
        server.Sql("SELECT pg_reload_conf()");
        try
        {
            Assert.Contains(
                "GRANT EXECUTE ON FUNCTION pg_read_file(text), pg_stat_file(text) TO \"clerk\"",
                Refused().Message,
                StringComparison.Ordinal
            );
        }
        finally
        {
            repository.Shell(
                $"printf 'local all all trust\\n' > '{repository.InMain}/pg_hba.conf'"
            );
            server.Reload(repository.InMain);
        }
        server.Sql("GRANT EXECUTE ON FUNCTION pg_read_file(text), pg_stat_file(text) TO clerk");
        var grants = Refused().Message;
        Assert.Contains(
            "GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean) TO clerk",
            grants,
            StringComparison.Ordinal
        );

        server.Sql(
            "GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean), pg_backup_stop(boolean) TO clerk"
        );
        Assert.Equal(DatabaseOutcomeKind.Copied, repository.CopyMissing().Kind);
        Assert.Equal("3", AskClone(Count));
    }

    [SkippableFact]
    public void A_minimal_log_level_is_refused_with_the_setting()
    {
        server.Sql("ALTER SYSTEM SET wal_level = 'minimal'");
        server.Sql("ALTER SYSTEM SET max_wal_senders = 0");
        server.Stop(repository.InMain);
        server.Start(repository.InMain);

        Assert.Contains("wal_level = replica", Refused().Message, StringComparison.Ordinal);
    }

    private Diagnostic Refused()
    {
        var e = Assert.Throws<WorktreeHooksException>(() => repository.CopyMissing());
        Assert.Equal(ErrorCatalogue.DatabaseRunning, e.Diagnostic.Definition);
        Assert.Empty(repository.Neighbours());
        return e.Diagnostic;
    }

    // Main runs in the same socket folder, so the copy has a port of its own.
    private string AskClone(string sql) => server.Ask(repository.InWorktree, sql, port: 5499);
}
