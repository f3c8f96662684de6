using Microsoft.Data.Sqlite;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Tests.Database;

public sealed class SqliteCloneTests : IDisposable
{
    private readonly CloneRepository repository = new(DatabaseType.Sqlite, "data/app.db");

    public SqliteCloneTests() =>
        Directory.CreateDirectory(Path.GetDirectoryName(repository.InMain)!);

    public void Dispose() => repository.Dispose();

    [Fact]
    public void The_worktree_gets_mains_rows_and_writes_only_its_own()
    {
        MakeMain();

        var outcome = repository.CopyMissing();

        Assert.Equal(DatabaseOutcomeKind.Copied, outcome.Kind);
        Assert.Equal("sqlite backup", outcome.Method);
        Assert.Equal(2L, Rows(repository.InWorktree));
        CloneRepository.Sql(repository.InWorktree, "INSERT INTO t VALUES (9)");
        Assert.Equal(2L, Rows(repository.InMain));
        Assert.Equal(DatabaseOutcomeKind.AlreadyThere, repository.CopyMissing().Kind);
        Assert.Equal("", repository.Repository.GitIn(repository.Worktree, "status", "--porcelain"));
        Assert.Empty(repository.Neighbours());
    }

    [Fact]
    public void Main_without_a_database_copies_nothing() =>
        Assert.Equal(DatabaseOutcomeKind.NothingInMain, repository.CopyMissing().Kind);

    [Fact]
    public async Task A_main_that_is_written_to_meanwhile_gives_one_whole_moment()
    {
        MakeMain("PRAGMA journal_mode=WAL; CREATE TABLE pair(a, b);");
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                CloneRepository.Sql(
                    repository.InMain,
                    $"BEGIN; INSERT INTO pair VALUES ({i}, randomblob(3000)); INSERT INTO pair VALUES ({i}, 2); COMMIT"
                );
            }
        });
        for (var copy = 0; copy < 10; copy++)
        {
            repository.Sync();
            Assert.Equal(
                "ok",
                CloneRepository.Sql(repository.InWorktree, "PRAGMA integrity_check")
            );
            Assert.Equal(
                0L,
                CloneRepository.Sql(
                    repository.InWorktree,
                    "SELECT count(*) FROM (SELECT a FROM pair GROUP BY a HAVING count(*) <> 2)"
                )
            );
        }
        await stop.CancelAsync();
        await writer;
    }

    [Fact]
    public void What_lies_in_mains_log_alone_is_copied_and_main_is_left_as_it_is()
    {
        MakeMain("PRAGMA journal_mode=WAL;");
        // A copy of the files of an open database is what a killed program leaves.
        using (var open = new SqliteConnection($"Data Source={repository.InMain};Pooling=False"))
        {
            open.Open();
            using var command = open.CreateCommand();
            command.CommandText = "INSERT INTO t VALUES (3)";
            command.ExecuteNonQuery();
            File.Copy(repository.InMain, repository.InMain + ".x");
            File.Copy(repository.InMain + "-wal", repository.InMain + ".x-wal");
        }
        File.Move(repository.InMain + ".x", repository.InMain, overwrite: true);
        File.Move(repository.InMain + ".x-wal", repository.InMain + "-wal", overwrite: true);
        var before = File.ReadAllBytes(repository.InMain);
        var log = File.ReadAllBytes(repository.InMain + "-wal");

        repository.CopyMissing();

        Assert.Equal(before, File.ReadAllBytes(repository.InMain));
        Assert.Equal(log, File.ReadAllBytes(repository.InMain + "-wal"));
        Assert.Equal(3L, Rows(repository.InWorktree));
        Assert.Equal(DatabaseOutcomeKind.Unchanged, AfterRest(() => repository.Sync()).Kind);
    }

    [Fact]
    public void A_database_that_the_worktree_wrote_to_is_kept_as_the_previous_generation()
    {
        MakeMain();
        repository.CopyMissing();
        CloneRepository.Sql(
            repository.InWorktree,
            "INSERT INTO t VALUES (7); INSERT INTO t VALUES (8)"
        );
        CloneRepository.Sql(repository.InMain, "INSERT INTO t VALUES (3)");
        Assert.True(repository.Info.ChangedSince);

        var outcome = repository.Sync();

        Assert.Equal(DatabaseOutcomeKind.Copied, outcome.Kind);
        Assert.Equal(repository.Place.Previous, outcome.KeptPrevious);
        Assert.Equal(3L, Rows(repository.InWorktree));
        Assert.Equal(4L, Rows(repository.Place.Previous));
        Assert.Equal([".app.db.worktree-hooks-previous"], repository.Neighbours());
        Assert.False(repository.Info.ChangedSince);
        Assert.Equal("", repository.Repository.GitIn(repository.Worktree, "status", "--porcelain"));
    }

    [Fact]
    public void Previous_false_keeps_nothing()
    {
        repository.Database = repository.Database with { KeepPrevious = false };
        MakeMain();
        repository.CopyMissing();
        CloneRepository.Sql(repository.InWorktree, "INSERT INTO t VALUES (7)");

        Assert.Null(repository.Sync().KeptPrevious);

        Assert.Empty(repository.Neighbours());
        Assert.Equal(2L, Rows(repository.InWorktree));
    }

    [Fact]
    public void The_log_of_the_replaced_database_is_never_replayed_into_the_new_one()
    {
        MakeMain("PRAGMA journal_mode=WAL;");
        repository.CopyMissing();
        var target = repository.InWorktree;
        using (var open = new SqliteConnection($"Data Source={target};Pooling=False"))
        {
            open.Open();
            using var command = open.CreateCommand();
            command.CommandText = "INSERT INTO t VALUES (100)";
            command.ExecuteNonQuery();
            File.Copy(target + "-wal", target + ".saved");
        }
        CloneRepository.Sql(target, "PRAGMA wal_checkpoint(TRUNCATE)");
        File.Delete(target);
        File.Copy(repository.InMain, target);
        File.Move(target + ".saved", target + "-wal", overwrite: true);

        repository.Sync();

        Assert.False(File.Exists(target + "-wal"));
        Assert.Equal(2L, Rows(target));
    }

    [Fact]
    public void A_clone_in_use_is_refused_and_left_alone()
    {
        MakeMain();
        repository.CopyMissing();
        CloneRepository.Sql(repository.InMain, "INSERT INTO t VALUES (3)");
        using var open = new SqliteConnection($"Data Source={repository.InWorktree};Pooling=False");
        open.Open();
        using var transaction = open.BeginTransaction();

        var e = Assert.Throws<WorktreeHooksException>(() => repository.Sync());

        Assert.Equal(ErrorCatalogue.TargetInUse, e.Diagnostic.Definition);
        transaction.Rollback();
        open.Close();
        Assert.Equal(2L, Rows(repository.InWorktree));
        Assert.Empty(repository.Neighbours());
    }

    [Fact]
    public void A_clone_that_another_process_has_open_is_refused_with_its_name()
    {
        MakeMain();
        repository.CopyMissing();
        using var holder = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(
                "sh",
                ["-c", $"exec 9<>'{repository.InWorktree}'; echo open; read x"]
            )
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            }
        )!;
        Assert.Equal("open", holder.StandardOutput.ReadLine());

        var e = Assert.Throws<WorktreeHooksException>(() => repository.Sync());

        holder.StandardInput.Close();
        holder.WaitForExit();
        Assert.Equal(ErrorCatalogue.TargetInUse, e.Diagnostic.Definition);
        Assert.Contains($"process {holder.Id} (sh)", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "this is no SQLite file, or an encrypted one; it is long enough to have a header of a hundred bytes, is it not?"
    )]
    [InlineData(
        "SQLite format 3\0 and then nothing of use, for quite a few bytes more than a hundred, as a header has a hundred bytes"
    )]
    public void A_damaged_or_encrypted_main_is_refused_and_the_clone_stays(string content)
    {
        MakeMain();
        repository.CopyMissing();
        File.WriteAllText(repository.InMain, content);

        var e = Assert.Throws<WorktreeHooksException>(() => repository.Sync());

        Assert.Equal(ErrorCatalogue.DatabaseCorrupt, e.Diagnostic.Definition);
        Assert.Contains(repository.InMain, e.Message, StringComparison.Ordinal);
        Assert.Equal(2L, Rows(repository.InWorktree));
        Assert.Empty(repository.Neighbours());
    }

    [Fact]
    public void A_damaged_page_in_the_middle_is_found_and_the_clone_stays()
    {
        MakeMain();
        repository.CopyMissing();
        CloneRepository.Sql(
            repository.InMain,
            "CREATE TABLE long(x); INSERT INTO long WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100) SELECT randomblob(3000) FROM n"
        );
        using (var file = File.OpenHandle(repository.InMain, access: FileAccess.Write))
        {
            RandomAccess.Write(file, new byte[4096], 8 * 4096);
        }

        var e = Assert.Throws<WorktreeHooksException>(() => repository.Sync());

        Assert.Equal(ErrorCatalogue.DatabaseCorrupt, e.Diagnostic.Definition);
        Assert.Equal(2L, Rows(repository.InWorktree));
        Assert.Empty(repository.Neighbours());
    }

    [Fact]
    public void A_main_that_stays_locked_is_refused_and_the_clone_stays()
    {
        MakeMain();
        repository.CopyMissing();
        CloneRepository.Sql(repository.InMain, "INSERT INTO t VALUES (3)");
        using var holder = new SqliteConnection($"Data Source={repository.InMain};Pooling=False");
        holder.Open();
        using var command = holder.CreateCommand();
        command.CommandText = "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE";
        command.ExecuteNonQuery();

        var e = Assert.Throws<WorktreeHooksException>(() => repository.Sync());

        Assert.Equal(ErrorCatalogue.DatabaseRunning, e.Diagnostic.Definition);
        Assert.Contains("has locked", e.Message, StringComparison.Ordinal);
        Assert.Equal(2L, Rows(repository.InWorktree));
        Assert.Empty(repository.Neighbours());
    }

    [Fact]
    public void Mode_and_time_are_those_of_main()
    {
        MakeMain();
        File.SetUnixFileMode(repository.InMain, (UnixFileMode)0b110_100_000);

        repository.CopyMissing();

        Assert.Equal((UnixFileMode)0b110_100_000, File.GetUnixFileMode(repository.InWorktree));
        Assert.Equal(
            File.GetLastWriteTimeUtc(repository.InMain),
            File.GetLastWriteTimeUtc(repository.InWorktree)
        );
    }

    [Fact]
    public void A_directory_where_a_file_should_be_is_refused()
    {
        Directory.CreateDirectory(repository.InMain);

        var e = Assert.Throws<WorktreeHooksException>(() => repository.CopyMissing());

        Assert.Equal(ErrorCatalogue.NotADatabase, e.Diagnostic.Definition);
    }

    [Fact]
    public void A_worktrees_path_that_is_a_link_is_refused_and_what_it_leads_to_is_untouched()
    {
        MakeMain();
        Directory.CreateDirectory(Path.GetDirectoryName(repository.InWorktree)!);
        File.CreateSymbolicLink(repository.InWorktree, repository.InMain);

        var e = Assert.Throws<WorktreeHooksException>(() => repository.Sync());

        Assert.Equal(ErrorCatalogue.TargetIsALink, e.Diagnostic.Definition);
        Assert.Equal(2L, Rows(repository.InMain));
    }

    [Fact]
    public void A_link_in_main_is_followed_and_that_is_said()
    {
        MakeMain();
        var elsewhere = repository.Repository.Beside("elsewhere.db");
        File.Move(repository.InMain, elsewhere);
        File.CreateSymbolicLink(repository.InMain, elsewhere);

        repository.CopyMissing();

        Assert.Equal(2L, Rows(repository.InWorktree));
        Assert.Null(new FileInfo(repository.InWorktree).LinkTarget);
        Assert.Contains(
            repository.Narrator.Lines,
            l => l.Contains(elsewhere, StringComparison.Ordinal)
        );
    }

    // An untouched main is only believed to be so when its files have rested (their times are coarse).
    private DatabaseOutcome AfterRest(Func<DatabaseOutcome> sync)
    {
        foreach (var suffix in new[] { "", "-wal" })
        {
            repository.Shell($"touch -d '1 hour ago' '{repository.InMain}{suffix}'");
        }
        // ctime cannot be set back: wait until it is old enough.
        var deadline = DateTime.UtcNow.AddSeconds(20);
        DatabaseOutcome outcome;
        do
        {
            outcome = sync();
        } while (outcome.Kind != DatabaseOutcomeKind.Unchanged && DateTime.UtcNow < deadline);
        return outcome;
    }

    private void MakeMain(string first = "") =>
        CloneRepository.Sql(
            repository.InMain,
            $"{first} CREATE TABLE t(x); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)"
        );

    private static object? Rows(string file) => CloneRepository.Sql(file, "SELECT count(*) FROM t");
}
