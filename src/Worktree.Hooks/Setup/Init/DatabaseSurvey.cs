using System.Text;
using LibGit2Sharp;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Git;

namespace Worktree.Hooks.Setup;

/// <summary>Finds the databases that lie in a work tree.</summary>
internal static class DatabaseSurvey
{
    private const string SqliteHeader = "SQLite format 3\0";
    private const int DeepestSqlite = 4;

    /// <summary>
    /// PostgreSQL data directories, also those that a compose file mounts and nobody may look into, and SQLite files. A
    /// file that git tracks is none of them: every worktree has it already.
    /// </summary>
    public static IReadOnlyList<DatabaseConfiguration> Find(InitFiles files, ComposeSurvey? compose)
    {
        var postgres = files
            .Named("PG_VERSION")
            .Select(InitFiles.FolderOf)
            .Where(d => d.Length > 0 && Directory.Exists(files.FullPath($"{d}/global")))
            .Concat(compose?.PostgresFolders() ?? [])
            .Distinct(StringComparer.Ordinal)
            .ToList();
        var sqlite = files
            .WithExtension(".db", ".sqlite", ".sqlite3", ".db3")
            .Where(f => f.Count(c => c == '/') < DeepestSqlite && IsSqlite(files.FullPath(f)))
            .ToList();
        var tracked = TrackedOf(files.Root, sqlite);
        return
        [
            .. postgres.Order(StringComparer.Ordinal).Select(p => New(DatabaseType.Postgres, p)),
            .. sqlite.Where(f => !tracked.Contains(f)).Select(p => New(DatabaseType.Sqlite, p)),
        ];
    }

    private static DatabaseConfiguration New(DatabaseType type, string path) =>
        new() { Type = type, Path = path };

    private static bool IsSqlite(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            Span<byte> start = stackalloc byte[SqliteHeader.Length];
            return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)
                    == start.Length
                && start.SequenceEqual(Encoding.ASCII.GetBytes(SqliteHeader));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static HashSet<string> TrackedOf(string root, IReadOnlyList<string> files)
    {
        if (files.Count == 0)
        {
            return [];
        }
        try
        {
            using var repository = new Repository(root);
            return [.. files.Where(file => repository.Index[file] is not null)];
        }
        catch (Exception e) when (CheckoutLocator.IsRefusal(e))
        {
            return []; // the diff shows them all; who looks takes out what is tracked
        }
    }
}
