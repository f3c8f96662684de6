using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Database;

[Collection(PostgresTests.Name)]
public sealed class PostgresCloneTests : IDisposable
{
    private const string Count = "SELECT count(*) FROM t";

    private readonly PostgresServer server;
    private readonly CloneRepository repository = new(DatabaseType.Postgres, "postgres_data");

    public PostgresCloneTests(PostgresServer server)
    {
        if (PostgresServer.Programs is null)
        {
            repository.Dispose(); // xunit disposes nothing whose constructor did not return
            Skip.If(true, "PostgreSQL is not installed");
        }
        this.server = server;
        server.MakeCluster(repository.InMain);
    }

    public void Dispose() => repository.Dispose();

    [SkippableFact]
    public void The_copy_of_a_stopped_cluster_serves_the_same_rows_and_writes_only_its_own()
    {
        File.WriteAllText(Main("postmaster.opts"), "");
        Directory.CreateDirectory(Main("pg_replslot/slot"));

        var outcome = repository.CopyMissing();

        Assert.Equal(DatabaseOutcomeKind.Copied, outcome.Kind);
        Assert.Equal("700", repository.Shell($"stat -c %a '{repository.InWorktree}'"));
        Assert.False(File.Exists(Copy("postmaster.opts")));
        Assert.False(Directory.Exists(Copy("pg_replslot/slot")));
        Assert.True(Directory.Exists(Copy("pg_replslot")));
        Directory.Delete(Main("pg_replslot/slot"));
        Assert.Equal(
            "INSERT 0 1\n4",
            server.Ask(repository.InWorktree, $"INSERT INTO t VALUES (9); {Count}")
        );
        Assert.Equal("3", server.Ask(repository.InMain, Count));
        Assert.Empty(repository.Neighbours());
        Assert.Equal("", repository.Repository.GitIn(repository.Worktree, "status", "--porcelain"));
    }

    [SkippableFact]
    public void Of_a_clean_clusters_log_only_what_a_start_reads_is_copied()
    {
        server.Start(repository.InMain);
        server.Sql("CREATE TABLE big AS SELECT repeat('x', 500) FROM generate_series(1, 100000)");
        server.Sql("SELECT pg_switch_wal()");
        server.Stop(repository.InMain);

        repository.CopyMissing();

        Assert.True(Segments(Main("pg_wal")) > 1);
        Assert.Equal(1, Segments(Copy("pg_wal")));
        Assert.Equal("100000", server.Ask(repository.InWorktree, "SELECT count(*) FROM big"));
    }

    [SkippableFact]
    public void A_crashed_main_is_copied_without_its_stale_postmaster_file_and_recovers()
    {
        server.Start(repository.InMain);
        server.Sql("INSERT INTO t VALUES (4)");
        server.Stop(repository.InMain, "immediate");
        File.WriteAllText(Main("postmaster.pid"), $"{UnusedProcess()}\n");

        repository.CopyMissing();

        Assert.False(File.Exists(Copy("postmaster.pid")));
        Assert.Equal("4", server.Ask(repository.InWorktree, Count));
    }

    [SkippableTheory]
    [InlineData("1\n", "names process 1")]
    [InlineData("rubbish", "names no process")]
    public void What_cannot_be_proven_to_be_stopped_is_refused(string content, string evidence)
    {
        File.WriteAllText(Main("postmaster.pid"), content);

        var e = Assert.Throws<WorktreeHooksException>(() => repository.CopyMissing());

        Assert.Equal(ErrorCatalogue.DatabaseRunning, e.Diagnostic.Definition);
        Assert.Contains(evidence, e.Message, StringComparison.Ordinal);
        Assert.Contains("delete '", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_clone_whose_server_runs_is_refused_and_goes_on_serving()
    {
        repository.CopyMissing();
        server.Ask(repository.InMain, "INSERT INTO t VALUES (4)");
        server.Start(repository.InWorktree);
        try
        {
            var e = Assert.Throws<WorktreeHooksException>(() => repository.Sync());
            Assert.Equal(ErrorCatalogue.TargetInUse, e.Diagnostic.Definition);
            Assert.Equal("3", server.Sql(Count));
        }
        finally
        {
            server.Stop(repository.InWorktree);
        }
        Assert.Empty(repository.Neighbours());
    }

    [SkippableFact]
    public void A_sync_brings_mains_rows_and_keeps_what_the_worktree_committed()
    {
        repository.CopyMissing();
        server.Ask(repository.InWorktree, "INSERT INTO t SELECT generate_series(10, 20)");
        server.Ask(repository.InMain, "INSERT INTO t VALUES (4)");
        Assert.True(repository.Info.ChangedSince);

        var outcome = repository.Sync();

        Assert.Equal(DatabaseOutcomeKind.Copied, outcome.Kind);
        Assert.Equal("4", server.Ask(repository.InWorktree, Count));
        Assert.Equal("14", server.Ask(outcome.KeptPrevious!, Count));
    }

    [SkippableFact]
    public void A_server_that_only_read_costs_no_previous_generation()
    {
        repository.CopyMissing();
        server.Ask(repository.InWorktree, "SET enable_seqscan = on; " + Count);
        server.Ask(repository.InMain, "INSERT INTO t VALUES (4)");

        Assert.False(repository.Info.ChangedSince);
        Assert.Null(repository.Sync().KeptPrevious);

        Assert.Empty(repository.Neighbours());
        Assert.Equal("4", server.Ask(repository.InWorktree, Count));
    }

    [SkippableFact]
    public void Tablespaces_and_a_linked_log_are_copied_into_the_clone()
    {
        var space = repository.Repository.Beside("space");
        var log = repository.Repository.Beside("log");
        Directory.CreateDirectory(space);
        repository.Shell(
            $"chown --reference='{repository.InMain}' '{space}' && mv '{Main("pg_wal")}' '{log}' && ln -s '{log}' '{Main("pg_wal")}'"
        );
        server.Start(repository.InMain);
        server.Sql($"CREATE TABLESPACE far LOCATION '{space}'");
        server.Sql("CREATE TABLE f TABLESPACE far AS SELECT generate_series(1, 5) AS x");
        server.Stop(repository.InMain);

        repository.CopyMissing();

        Assert.All(
            repository.Shell($"find '{repository.InWorktree}' -type l -printf '%l\\n'").Split('\n'),
            link => Assert.StartsWith("../worktree_hooks_tblspc/", link, StringComparison.Ordinal)
        );
        Assert.Equal(
            "INSERT 0 1\n6",
            server.Ask(repository.InWorktree, "INSERT INTO f VALUES (6); SELECT count(*) FROM f")
        );
        Assert.Equal("5", server.Ask(repository.InMain, "SELECT count(*) FROM f"));
    }

    [SkippableFact]
    public void Another_users_data_directory_is_named_with_its_owner_and_the_remedy()
    {
        Skip.If(Libc.GetEffectiveUserId() != 0, "only root can take another user's place");
        repository.Shell(
            $"chown -R nobody '{repository.Worktree}' '{repository.Repository.Root}/.git'; chmod 755 '{repository.Repository.Beside("home")}'"
        );

        var result = ChildProcess.Run(
            repository.Repository.Environment,
            repository.Worktree,
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            CloneRepository.HostProgram,
            repository.Worktree,
            "missing"
        );

        Assert.Matches(
            $"^WTH4001 DatabaseUnreadable: '{repository.InMain}' belongs to postgres \\(uid [0-9]+\\) with mode 0700, and "
                + "nobody \\(uid 65534\\) may not read it. .* as postgres",
            result.ErrorOutput
        );
        Assert.Empty(repository.Neighbours());
    }

    [SkippableFact]
    public void A_server_of_another_user_is_not_taken_for_a_stopped_one()
    {
        Skip.If(Libc.GetEffectiveUserId() != 0, "only root can take another user's place");
        repository.Shell(
            $"chown -R nobody '{repository.Worktree}' '{repository.Repository.Root}/.git'; chmod 755 '{repository.Repository.Beside("home")}'"
        );
        server.Start(repository.InMain);
        try
        {
            var hidden = File.ReadLines(Main("postmaster.pid")).First();
            repository.Shell($"mkdir '{repository.InMain}.open' '{repository.InMain}.open/global'");
            repository.Shell(
                $"sleep 1; cp '{Main("PG_VERSION")}' '{Main("postmaster.pid")}' '{repository.InMain}.open'; "
                    + $"cp '{Main("global/pg_control")}' '{repository.InMain}.open/global'; chmod -R a+rX '{repository.InMain}.open'"
            );
            repository.Repository.Write(
                "worktree.json",
                """{ "databases": [{ "type": "postgres", "path": "postgres_data.open" }] }"""
            );

            var result = ChildProcess.Run(
                repository.Repository.Environment,
                repository.Worktree,
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                CloneRepository.HostProgram,
                repository.Worktree,
                "missing"
            );

            Assert.StartsWith("WTH4002", result.ErrorOutput, StringComparison.Ordinal);
            Assert.Contains(
                "it is the server of another directory",
                result.ErrorOutput,
                StringComparison.Ordinal
            );
            Assert.Contains(
                $"(postmaster.pid names process {hidden})",
                result.ErrorOutput,
                StringComparison.Ordinal
            );
        }
        finally
        {
            server.Stop(repository.InMain);
        }
    }

    [SkippableFact]
    public void A_folder_that_is_no_data_directory_is_refused()
    {
        File.Delete(Main("PG_VERSION"));

        var e = Assert.Throws<WorktreeHooksException>(() => repository.CopyMissing());

        Assert.Equal(ErrorCatalogue.NotADatabase, e.Diagnostic.Definition);
    }

    private static int Segments(string folder) =>
        Directory.GetFiles(folder).Count(f => Path.GetFileName(f).Length == 24);

    // The last number that Linux gives is seldom in use.
    private static int UnusedProcess() =>
        Enumerable.Range(4_000_000, 100_000).First(id => !Directory.Exists($"/proc/{id}"));

    private string Main(string name) => Path.Combine(repository.InMain, name);

    private string Copy(string name) => Path.Combine(repository.InWorktree, name);
}
