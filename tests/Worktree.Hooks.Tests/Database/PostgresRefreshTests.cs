using System.Globalization;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Database;

/// <summary>Refreshes of a copy that is there: what is written, what is kept, and that nothing else differs.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresRefreshTests : IDisposable
{
    private const string Count = "SELECT count(*) FROM t";

    private static readonly int Rounds = int.Parse(
        HostEnvironment.Capture().Variable("WORKTREE_HOOKS_ROUNDS") ?? "8",
        CultureInfo.InvariantCulture
    );

    private readonly PostgresServer server;
    private readonly CloneRepository repository = new(DatabaseType.Postgres, "db/postgres_data");

    public PostgresRefreshTests(PostgresServer server)
    {
        if (PostgresServer.Programs is null)
        {
            repository.Dispose(); // xunit disposes nothing whose constructor did not return
            Skip.If(true, "PostgreSQL is not installed");
        }
        this.server = server;
        repository.Clock = new LaterClock(TimeSpan.FromSeconds(5));
        Directory.CreateDirectory(Path.GetDirectoryName(repository.InMain)!);
        server.MakeCluster(repository.InMain);
        LaterClock.Tick(repository.Worktree);
    }

    public void Dispose() => repository.Dispose();

    [SkippableFact]
    public void A_refresh_writes_what_changed_and_little_else()
    {
        repository.CopyMissing();
        server.Ask(repository.InMain, "INSERT INTO t VALUES (4)");

        var outcome = repository.Sync();

        Assert.Equal("refresh", outcome.Method);
        Assert.True(outcome.ReusedBytes > outcome.Bytes / 2, $"{outcome}");
        Assert.Equal("4", server.Ask(repository.InWorktree, Count));
    }

    [SkippableFact]
    public void Ten_starts_without_a_write_leave_the_previous_generation_as_it_was()
    {
        repository.CopyMissing();
        server.Ask(repository.InWorktree, "INSERT INTO t VALUES (99)");
        server.Ask(repository.InMain, "INSERT INTO t VALUES (4)");
        repository.Sync();
        var before = Content(repository.Place.Previous);

        for (var i = 0; i < 10; i++)
        {
            server.Ask(repository.InMain, $"INSERT INTO t VALUES ({10 + i})");
            Assert.Equal("refresh", repository.Sync().Method);
            Assert.Equal($"{5 + i}", server.Ask(repository.InWorktree, Count));
        }

        Assert.Equal(before, Content(repository.Place.Previous));
        repository.Restore();
        Assert.Equal("1", server.Ask(repository.InWorktree, Count + " WHERE x = 99"));
    }

    [SkippableFact]
    public void The_older_generation_is_brought_up_to_main_where_the_worktree_wrote()
    {
        repository.CopyMissing();
        for (var i = 1; i <= 3; i++)
        {
            LaterClock.Tick(repository.Worktree);
            server.Ask(repository.InWorktree, $"INSERT INTO t VALUES ({100 + i})");
            server.Ask(repository.InMain, $"INSERT INTO t VALUES ({10 + i})");

            var outcome = repository.Sync();

            Assert.Equal(i == 1 ? "copy" : "refresh", outcome.Method);
            Assert.Equal($"{3 + i}", server.Ask(repository.InWorktree, Count));
            Assert.Equal("1", server.Ask(outcome.KeptPrevious!, Count + $" WHERE x = {100 + i}"));
        }
    }

    [SkippableFact]
    public void A_refresh_that_was_interrupted_does_not_start_and_the_next_one_mends_it()
    {
        repository.CopyMissing();
        server.Ask(repository.InMain, "INSERT INTO t VALUES (4)");
        using var cancelled = new CancellationTokenSource();
        repository.Clock = new LaterClock(TimeSpan.FromSeconds(5))
        {
            Looked = () =>
            {
                if (File.Exists(repository.Place.RefreshMark))
                {
                    cancelled.Cancel();
                }
            },
        };

        Assert.Throws<OperationCanceledException>(() => repository.Sync(cancelled.Token));

        Assert.ThrowsAny<Exception>(() => server.Ask(repository.InWorktree, Count));
        Assert.Contains(
            repository.Narrator.Lines,
            l => l.Contains("half refreshed", StringComparison.Ordinal)
        );
        Assert.Equal(DatabaseOutcomeKind.Copied, repository.CopyMissing().Kind);
        Assert.Equal("4", server.Ask(repository.InWorktree, Count));
    }

    // Changes that no server would make, on both sides: whatever happened, the refresh must not believe a stale file.
    [SkippableFact]
    public void A_refresh_equals_a_full_copy_byte_for_byte()
    {
        for (var round = 1; round <= Rounds; round++)
        {
            repository.CopyMissing();
            LaterClock.Tick(repository.Worktree);
            var inMain = new RandomChanges(repository.InMain, seed: round);
            var inClone = new RandomChanges(repository.InWorktree, seed: -round);
            inMain.Make(12);
            inClone.Make(12);
            LaterClock.Tick(repository.Worktree);

            var outcome = repository.Sync();
            var refreshed = Content(repository.InWorktree);
            repository.Shell($"rm -r '{repository.InWorktree}'");
            repository.CopyMissing();

            Assert.Equal("refresh", outcome.Method);
            Assert.Equal(Content(repository.InWorktree), refreshed);
            Assert.True(
                outcome.ReusedBytes > 0,
                $"round {round}: {string.Join(", ", inMain.Made)} | {string.Join(", ", inClone.Made)}"
            );
        }
    }

    // Names, kinds, modes, owners, times and content; a folder's times tell of the copying alone.
    private string Content(string folder) =>
        repository.Shell(
            $"cd '{folder}' && find . -printf '%p %y %m %U %G %s\\n' | sed '/ d /s/ [0-9]*$//' | sort"
                + " && find . -type f -printf '%p %T@\\n' | grep -v auto.conf | sort && find . -type f -print0 | sort -z | xargs -0 sha1sum"
        );
}
