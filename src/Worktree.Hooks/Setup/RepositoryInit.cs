using System.Text;
using System.Text.Json;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>What <c>init</c> did.</summary>
/// <param name="File">The worktree.json.</param>
/// <param name="Written">False where there was one already: it is never changed.</param>
/// <param name="Databases">The databases that were found and written down.</param>
internal sealed record InitReport(string File, bool Written, IReadOnlyList<string> Databases);

/// <summary>Writes a first <c>worktree.json</c> for a repository.</summary>
internal static class RepositoryInit
{
    private const string SqliteHeader = "SQLite format 3\0";

    /// <summary>
    /// Looks for databases under the worktree's root (two folders deep) and writes them down with the default ports.
    /// A worktree.json that is there is left alone.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH1001: no repository. WTH3009: the file cannot be written.</exception>
    public static InitReport Run(string folder)
    {
        var root = CheckoutLocator.Locate(folder).Root;
        var file = Path.Combine(root, WorktreeConfiguration.FileName);
        if (File.Exists(file))
        {
            return new InitReport(file, Written: false, []);
        }
        var databases = FindDatabases(root).ToList();
        try
        {
            AtomicFile.WriteText(file, ToJson(databases));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.EnvFileUnwritable,
                $"'{file}' cannot be written: {e.Message} Mend the permissions of its folder.",
                e
            );
        }
        return new InitReport(file, Written: true, [.. databases.Select(d => d.Path)]);
    }

    private static IEnumerable<DatabaseConfiguration> FindDatabases(string root)
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = 2,
            AttributesToSkip = FileAttributes.ReparsePoint,
            IgnoreInaccessible = true,
        };
        foreach (
            var path in Directory.EnumerateFiles(root, "*", options).Order(StringComparer.Ordinal)
        )
        {
            var relative = Path.GetRelativePath(root, path);
            if (relative.StartsWith(".git" + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                continue;
            }
            if (
                Path.GetFileName(path) == "PG_VERSION"
                && Path.GetDirectoryName(relative) is { Length: > 0 } directory
            )
            {
                if (Directory.Exists(Path.Combine(root, directory, "global")))
                {
                    yield return new DatabaseConfiguration
                    {
                        Type = DatabaseType.Postgres,
                        Path = directory,
                    };
                }
            }
            else if (IsSqlite(path))
            {
                yield return new DatabaseConfiguration
                {
                    Type = DatabaseType.Sqlite,
                    Path = relative,
                };
            }
        }
    }

    private static bool IsSqlite(string path)
    {
        if (Path.GetExtension(path) is not (".db" or ".sqlite" or ".sqlite3" or ".db3"))
        {
            return false;
        }
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

    private static string ToJson(IReadOnlyList<DatabaseConfiguration> databases)
    {
        var text = new StringBuilder(
            "{\n  // The ports of main, and the ranges that linked worktrees get theirs from.\n  \"ports\": {\n"
        );
        var ports = PortVariable.Defaults.Select(p =>
            $"    \"{p.Name}\": {{ \"main\": {p.Main}, \"range\": \"{p.Range}\" }}"
        );
        text.AppendJoin(",\n", ports).Append("\n  }");
        if (databases.Count > 0)
        {
            text.Append(",\n  // Every worktree gets its own copy of these.\n  \"databases\": [\n");
            var entries = databases.Select(d =>
                $"    {{ \"type\": \"{d.Type.ToString().ToLowerInvariant()}\", \"path\": \"{JsonEncodedText.Encode(d.Path.Replace('\\', '/'))}\" }}"
            );
            text.AppendJoin(",\n", entries).Append("\n  ]");
        }
        return text.Append("\n}\n").ToString();
    }
}
