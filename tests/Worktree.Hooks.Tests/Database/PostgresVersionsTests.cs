using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Tests.Database;

/// <summary>What holds for this machine's PostgreSQL holds for the others from 13 on.</summary>
public sealed class PostgresVersionsTests(PostgresVersions versions)
    : IClassFixture<PostgresVersions>,
        IDisposable
{
    private const int ClonePort = 5499;
    private const string Count = "SELECT count(*) FROM t";

    private readonly CloneRepository repository = new(DatabaseType.Postgres, "postgres_data");

    public void Dispose() => repository.Dispose();

    [SkippableTheory]
    [MemberData(nameof(PostgresVersions.Asked), MemberType = typeof(PostgresVersions))]
    public void A_stopped_main_is_copied_refreshed_and_restored(int version)
    {
        var server = versions.Require(version);
        server.MakeCluster(repository.InMain);

        Assert.Equal(DatabaseOutcomeKind.Copied, repository.CopyMissing().Kind);
        Assert.Equal("3", server.Ask(repository.InWorktree, Count));
        server.Ask(repository.InMain, "INSERT INTO t VALUES (4)");
        Assert.Null(repository.Sync().KeptPrevious); // a server that only read is nobody's work

        server.Ask(repository.InWorktree, "INSERT INTO t SELECT generate_series(10, 20)");
        server.Ask(repository.InMain, "INSERT INTO t VALUES (5)");
        Assert.NotNull(repository.Sync().KeptPrevious);
        Assert.Equal("5", server.Ask(repository.InWorktree, Count));
        Assert.Equal(DatabaseOutcomeKind.Restored, repository.Restore().Kind);
        Assert.Equal("15", server.Ask(repository.InWorktree, Count));
    }

    [SkippableTheory]
    [MemberData(nameof(PostgresVersions.Asked), MemberType = typeof(PostgresVersions))]
    public void A_running_main_is_copied_and_refreshed_and_goes_on(int version)
    {
        var server = versions.Require(version);
        var space = repository.Repository.Beside("space");
        server.MakeCluster(repository.InMain);
        repository.Shell($"mkdir '{space}' && chown --reference='{repository.InMain}' '{space}'");
        server.Start(repository.InMain);
        try
        {
            var started = server.Sql("SELECT pg_postmaster_start_time()");
            server.Sql($"CREATE TABLESPACE far LOCATION '{space}'");
            server.Sql("CREATE TABLE f TABLESPACE far AS SELECT generate_series(1, 5) AS x");
            server.Sql("CREATE UNLOGGED TABLE fast AS SELECT generate_series(1, 5) AS x");

            Assert.EndsWith(
                "main kept running",
                repository.CopyMissing().Method,
                StringComparison.Ordinal
            );
            Assert.Equal("3", AskClone(server, Count));
            Assert.Equal("5", AskClone(server, "SELECT count(*) FROM f"));
            Assert.Equal("0", AskClone(server, "SELECT count(*) FROM fast"));
            server.Sql("INSERT INTO t VALUES (4)");
            Assert.Null(repository.Sync().KeptPrevious); // its server replayed main's transactions, and wrote none

            AskClone(server, "INSERT INTO t VALUES (99)");
            server.Sql("INSERT INTO t VALUES (5)");
            Assert.NotNull(repository.Sync().KeptPrevious);
            Assert.Equal("5", AskClone(server, Count));
            Assert.Equal(started, server.Sql("SELECT pg_postmaster_start_time()"));
            Assert.Equal("0", server.Sql("SELECT count(*) FROM pg_replication_slots"));
        }
        finally
        {
            server.Stop(repository.InMain, "immediate");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(PostgresVersions.Asked), MemberType = typeof(PostgresVersions))]
    public void The_copys_settings_are_known_to_its_server_and_raise_no_complaint(int version)
    {
        var server = versions.Require(version);
        server.MakeCluster(repository.InMain);
        repository.CopyMissing();
        var before = File.ReadAllText(server.Log).Length;

        Assert.Equal(
            "0",
            server.Ask(
                repository.InWorktree,
                "SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL"
            )
        );
        Assert.DoesNotMatch(
            "ERROR|FATAL|WARNING|could not",
            File.ReadAllText(server.Log)[before..]
        );
    }

    [SkippableTheory]
    [MemberData(nameof(PostgresVersions.Asked), MemberType = typeof(PostgresVersions))]
    public void A_user_without_the_rights_is_told_the_grants_of_this_version(int version)
    {
        var server = versions.Require(version);
        server.MakeCluster(repository.InMain);
        repository.Shell(
            $"printf 'local all clerk trust\\nlocal all postgres trust\\n' > '{repository.InMain}/pg_hba.conf'"
        );
        repository.Repository.Write(".env", "POSTGRES_USER=clerk\n");
        server.Start(repository.InMain);
        try
        {
            server.Sql("CREATE ROLE clerk LOGIN");
            server.Sql("GRANT EXECUTE ON FUNCTION pg_read_file(text), pg_stat_file(text) TO clerk");
            var refusal = Assert.Throws<WorktreeHooksException>(() => repository.CopyMissing());
            var grants = refusal.Message.Split("database 'postgres': ")[1].Split(". Or stop")[0];

            server.Sql(grants);

            Assert.Equal(DatabaseOutcomeKind.Copied, repository.CopyMissing().Kind);
        }
        finally
        {
            server.Stop(repository.InMain, "immediate");
        }
    }

    // Main runs in the same socket folder, so the copy has a port of its own.
    private string AskClone(PostgresServer server, string sql) =>
        server.Ask(repository.InWorktree, sql, ClonePort);
}
