using System.Diagnostics;
using System.Globalization;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Database;

/// <summary>
/// Kills copies and refreshes of a running main at random moments. <c>WORKTREE_HOOKS_KILLS</c> is how many; 200 take
/// five minutes.
/// </summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresKillTests : IDisposable
{
    private const int ClonePort = 5498;

    private static readonly int Kills = int.Parse(
        HostEnvironment.Capture().Variable("WORKTREE_HOOKS_KILLS") ?? "12",
        CultureInfo.InvariantCulture
    );

    private readonly PostgresServer server;
    private readonly CloneRepository repository = new(DatabaseType.Postgres, "db/postgres_data");
    private readonly Random random = new(Kills);
    private readonly Dictionary<string, int> seen = [];
    private MountedDisk? disk;
    private int committed; // the last number that the worktree's own server committed
    private int ofMain; // the last number that main's server committed

    public PostgresKillTests(PostgresServer server)
    {
        if (PostgresServer.Programs is null)
        {
            repository.Dispose(); // xunit disposes nothing whose constructor did not return
            Skip.If(true, "PostgreSQL is not installed");
        }
        this.server = server;
        repository.Repository.Write(
            "worktree.json",
            """{ "databases": [{ "type": "postgres", "path": "db/postgres_data" }] }"""
        );
    }

    public void Dispose()
    {
        server.Stop(repository.InMain, "immediate");
        disk?.Dispose();
        repository.Dispose();
    }

    [SkippableFact]
    public Task What_the_worktree_committed_survives_every_kill()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(repository.InMain)!);
        server.MakeCluster(repository.InMain);
        return KillAndLook();
    }

    [SkippableFact]
    public Task What_the_worktree_committed_survives_every_kill_where_blocks_are_shared()
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
        return KillAndLook();
    }

    private async Task KillAndLook()
    {
        server.Start(repository.InMain);
        server.Sql("CREATE TABLE main (n int PRIMARY KEY); CREATE TABLE own (n int PRIMARY KEY)");
        server.Sql(
            "CREATE TABLE filler AS SELECT x, repeat('x', 500) FROM generate_series(1, 50000) x"
        );
        var duration = await CopyOnce();
        for (var kill = 1; kill <= Kills; kill++)
        {
            server.Sql($"INSERT INTO main VALUES ({++ofMain})");
            server.Sql($"UPDATE filler SET x = x WHERE x % 100 = {kill % 100}");
            var isWritten = Prepare(kill);
            var died = await Kill(random.NextDouble() * 1.2 * duration.TotalMilliseconds);
            RequireUsable(isWritten, died);
        }
        // A test that killed nobody in the middle would have shown nothing.
        Assert.True(
            seen.GetValueOrDefault("killed") > Kills / 4,
            string.Join(", ", seen.Select(s => $"{s.Key}: {s.Value}"))
        );
    }

    // One in three finds a database that the worktree wrote to, one in six finds none.
    private bool Prepare(int kill)
    {
        if (kill % 6 == 0 && committed == 0)
        {
            repository.Shell($"rm -rf '{repository.InWorktree}'");
            return false;
        }
        if (kill % 3 == 0)
        {
            return false;
        }
        if (kill % 3 == 1)
        {
            AskClone($"INSERT INTO own VALUES ({kill})");
            committed = kill;
            return true;
        }
        AskClone("SELECT 1");
        return false;
    }

    private async Task<TimeSpan> CopyOnce()
    {
        var start = Stopwatch.GetTimestamp();
        using var process = StartSync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return Stopwatch.GetElapsedTime(start);
    }

    private async Task<bool> Kill(double afterMilliseconds)
    {
        using var process = StartSync();
        await Task.Delay(TimeSpan.FromMilliseconds(afterMilliseconds));
        process.Kill();
        await process.WaitForExitAsync();
        Note(process.ExitCode == 0 ? "finished" : "killed");
        return process.ExitCode != 0;
    }

    private Process StartSync() =>
        Process.Start(
            new ProcessStartInfo(CloneRepository.HostProgram, [repository.Worktree, "sync"])
            {
                UseShellExecute = false,
            }
        )!;

    private void RequireUsable(bool isWritten, bool died)
    {
        var isThere = Directory.Exists(repository.InWorktree);
        var starts =
            isThere && File.Exists(Path.Combine(repository.InWorktree, PostgresRules.ControlFile));
        Note(
            starts ? "starts"
            : isThere ? "refuses to start"
            : "is not there yet"
        );
        // Only a copy that nobody wrote to may be unusable, and only while it is refreshed.
        Assert.True(starts || (died && !isWritten), $"{string.Join(", ", seen)}");
        if (starts)
        {
            RequireWhole();
        }
        // What a build does next.
        repository.CopyMissing();
        RequireWhole();
        if (committed > 0)
        {
            var isCurrent = AskClone($"SELECT count(*) FROM own WHERE n = {committed}") == "1";
            Note(isCurrent ? "old" : "new");
            Assert.True(
                isCurrent
                    || server.Ask(
                        repository.Place.Previous,
                        $"SELECT count(*) FROM own WHERE n = {committed}",
                        ClonePort
                    ) == "1",
                $"{committed} is lost"
            );
        }
    }

    // Every number that main had committed up to some moment, and all of its filler.
    private void RequireWhole()
    {
        Assert.Equal(
            "t",
            AskClone(
                "SELECT count(*) = coalesce(max(n), 0) AND coalesce(max(n), 0) <= 100000 FROM main"
            )
        );
        Assert.Equal("50000", AskClone("SELECT count(*) FROM filler"));
    }

    private string AskClone(string sql) => server.Ask(repository.InWorktree, sql, ClonePort);

    private void Note(string what) => seen[what] = seen.GetValueOrDefault(what) + 1;
}
