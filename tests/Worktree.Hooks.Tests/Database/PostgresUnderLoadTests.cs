using System.Globalization;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Database;

/// <summary>
/// Copies and refreshes of a main that works hard: transfers between accounts, tables that come and go, VACUUM FULL.
/// <c>WORKTREE_HOOKS_COPIES</c> is how many of each (30 take five minutes).
/// </summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresUnderLoadTests : IDisposable
{
    private const int ClonePort = 5499;

    private const string Unbalanced = """
        SELECT count(*) FROM (
            SELECT sum(abalance) s FROM pgbench_accounts UNION SELECT sum(tbalance) FROM pgbench_tellers
            UNION SELECT sum(bbalance) FROM pgbench_branches UNION SELECT coalesce(sum(delta), 0) FROM pgbench_history) x
        """;

    private static readonly int Copies = int.Parse(
        HostEnvironment.Capture().Variable("WORKTREE_HOOKS_COPIES") ?? "3",
        CultureInfo.InvariantCulture
    );

    private readonly PostgresServer server;
    private readonly CloneRepository repository = new(DatabaseType.Postgres, "db/postgres_data");
    private MountedDisk? disk;

    public PostgresUnderLoadTests(PostgresServer server)
    {
        if (PostgresServer.Programs is null)
        {
            repository.Dispose(); // xunit disposes nothing whose constructor did not return
            Skip.If(true, "PostgreSQL is not installed");
        }
        this.server = server;
    }

    public void Dispose()
    {
        disk?.Dispose();
        repository.Dispose();
    }

    [SkippableFact]
    public Task Every_copy_and_refresh_is_sound()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(repository.InMain)!);
        server.MakeCluster(repository.InMain);
        return EveryCopyIsSound("copy", "refresh");
    }

    [SkippableFact]
    public Task Every_copy_and_refresh_that_shares_blocks_is_sound()
    {
        disk = MountedDisk.Try(
            repository,
            "xfs",
            "truncate -s 3G \"$1\" && mkfs.xfs -q \"$1\" && mount -o loop \"$1\" \"$2\""
        );
        Skip.If(disk is null, "xfs cannot be made or mounted here");
        var main = Path.Combine(disk!.Path, "main");
        server.MakeCluster(main);
        Directory.CreateDirectory(Path.GetDirectoryName(repository.InMain)!);
        Directory.CreateSymbolicLink(repository.InMain, main);
        return EveryCopyIsSound("reflink", "reflink");
    }

    private async Task EveryCopyIsSound(string first, string then)
    {
        server.Program("pg_checksums", "--enable", "-D", repository.InMain);
        server.Start(repository.InMain);
        using var over = new CancellationTokenSource();
        var load = Task.CompletedTask;
        try
        {
            server.Tool("pgbench", "-i", "-s", "3", "-q", "postgres");
            server.Sql("CREATE EXTENSION amcheck; CREATE TABLE seen (n int PRIMARY KEY)");
            load = Task.WhenAll(Transfers(over.Token), Changes(over.Token));
            for (var i = 1; i <= Copies; i++)
            {
                repository.Shell($"rm -rf '{repository.InWorktree}'");
                RequireSound(2 * i, first, () => repository.CopyMissing());
                RequireSound((2 * i) + 1, then, () => repository.Sync());
                Assert.False(Directory.Exists(repository.Place.Previous));
            }
        }
        finally
        {
            await over.CancelAsync();
            await load;
            server.Stop(repository.InMain, "immediate");
        }
    }

    // What was committed before the copy began is in it; what it has fits together.
    private void RequireSound(int number, string method, Func<DatabaseOutcome> copy)
    {
        server.Sql($"INSERT INTO seen VALUES ({number})");
        var outcome = copy();
        Assert.Equal(DatabaseOutcomeKind.Copied, outcome.Kind);
        Assert.StartsWith(method, outcome.Method, StringComparison.Ordinal);
        server.Start(repository.InWorktree, ClonePort);
        try
        {
            Assert.Equal(
                "1",
                server.Sql($"SELECT count(*) FROM seen WHERE n = {number}", ClonePort)
            );
            Assert.Equal("1", server.Sql(Unbalanced, ClonePort));
            server.Tool(
                "pg_amcheck",
                "-p",
                $"{ClonePort}",
                "--heapallindexed",
                "--parent-check",
                "postgres"
            );
        }
        finally
        {
            server.Stop(repository.InWorktree);
        }
        server.Program("pg_checksums", "--check", "-D", repository.InWorktree);
    }

    // In short runs, as only its own end tells that none of its connections was dropped.
    private Task Transfers(CancellationToken over) =>
        Task.Run(
            () =>
            {
                while (!over.IsCancellationRequested)
                {
                    server.Tool("pgbench", "-n", "-c", "4", "-T", "2", "postgres");
                }
            },
            CancellationToken.None
        );

    private Task Changes(CancellationToken over) =>
        Task.Run(
            () =>
            {
                for (var i = 0; !over.IsCancellationRequested; i++)
                {
                    server.Sql(
                        $"CREATE TABLE d{i} AS SELECT generate_series(1, 20000) AS x; CREATE INDEX ON d{i} (x)"
                    );
                    server.Sql("VACUUM FULL pgbench_branches");
                    server.Sql("VACUUM FULL pgbench_tellers");
                    server.Sql($"TRUNCATE d{i}");
                    server.Sql($"DROP TABLE d{i}");
                }
            },
            CancellationToken.None
        );
}
