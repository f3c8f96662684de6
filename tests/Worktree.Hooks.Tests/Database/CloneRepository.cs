using Microsoft.Data.Sqlite;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Database;

/// <summary>A repository with main and one worktree, and one database to copy between them.</summary>
internal sealed class CloneRepository : IDisposable
{
    public CloneRepository(DatabaseType type, string path)
    {
        // Servers and other users have to get through.
        File.SetUnixFileMode(Repository.Outside, (UnixFileMode)0b111_101_101);
        Database = new DatabaseConfiguration { Type = type, Path = path };
        Worktree = Repository.AddWorktree("feature-x");
    }

    public TestRepository Repository { get; } = new();

    public DatabaseConfiguration Database { get; set; }

    public string Worktree { get; }

    public RecordingNarrator Narrator { get; } = new();

    /// <summary>The clock of the code under test; null for the system's.</summary>
    public TimeProvider? Clock { get; set; }

    public WorktreeIdentity Identity => WorktreeSetup.Identify(Worktree).Identity;

    public DatabasePlace Place => DatabasePlace.Of(Database, Identity, Repository.Root);

    public string InMain => Path.Combine(Repository.Root, Database.Path);

    public string InWorktree => Path.Combine(Worktree, Database.Path);

    private HostEnvironment Environment =>
        Clock is null ? Repository.Environment : Repository.Environment with { Clock = Clock };

    public DatabaseInfo Info => DatabaseClone.Describe(Identity, [Database])[0];

    /// <summary>The process that tests kill.</summary>
    public static string HostProgram { get; } =
        Path.Combine(BuiltFolder.Host, "Worktree.Hooks.Tests.Host");

    public DatabaseOutcome CopyMissing(CancellationToken cancellation = default) =>
        DatabaseClone.CopyMissing(Call(Narrator, cancellation), [Database])[0];

    public DatabaseOutcome Sync(CancellationToken cancellation = default) =>
        DatabaseClone.Sync(Call(Narrator, cancellation), [Database])[0];

    /// <summary>For this worktree, with somebody else who is told.</summary>
    public DatabaseCall Call(Narrator narrator, CancellationToken cancellation = default) =>
        new(Environment, Identity, narrator, cancellation);

    public DatabaseOutcome Restore() => DatabaseClone.Restore(Call(Narrator), [Database])[0];

    /// <summary>Our own files beside the worktree's database, when what was discarded is deleted.</summary>
    public IReadOnlyList<string> Neighbours()
    {
        Assert.True(
            SpinWait.SpinUntil(() => !Directory.Exists(Place.Trash), TimeSpan.FromSeconds(60)),
            $"'{Place.Trash}' is still there"
        );
        return
        [
            .. Directory
                .EnumerateFileSystemEntries(Path.GetDirectoryName(InWorktree)!)
                .Select(e => Path.GetFileName(e)!)
                .Where(n => n.Contains("worktree-hooks", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Runs a shell command; fails the test where it fails.</summary>
    public string Shell(string command)
    {
        var result = ChildProcess.Run(
            Repository.Environment,
            Repository.Outside,
            "sh",
            "-c",
            command
        );
        Assert.True(result.ExitCode == 0, $"{command}: {result.Output}{result.ErrorOutput}");
        return result.Output.TrimEnd();
    }

    /// <summary>Runs SQL on a SQLite file and returns its first value.</summary>
    public static object? Sql(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    public void Dispose() => Repository.Dispose();
}
