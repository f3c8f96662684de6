using System.Globalization;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>Where one database lies in main and in a worktree, and the names of its neighbours and records.</summary>
internal sealed record DatabasePlace
{
    private static readonly string[] SqliteCompanions = ["-wal", "-shm", "-journal"];

    private readonly string root;
    private readonly string stateDirectory;

    private DatabasePlace(DatabaseConfiguration database, WorktreeIdentity identity, string main)
    {
        Database = database;
        root = identity.Checkout.Root;
        stateDirectory = identity.Checkout.StateDirectory;
        PlainSource = Path.Combine(main, database.Path);
        Source = RealPath.Of(PlainSource);
        Target = Path.Combine(root, database.Path);
    }

    /// <summary>What worktree.json says about it.</summary>
    public DatabaseConfiguration Database { get; }

    /// <summary>Its path in main as worktree.json says it.</summary>
    public string PlainSource { get; }

    /// <summary>Its path in main with links resolved.</summary>
    public string Source { get; }

    /// <summary>Its path in the worktree.</summary>
    public string Target { get; }

    /// <summary>The copy while it is made.</summary>
    public string Temporary => Neighbour(Target, "new");

    /// <summary>The replaced database until it is kept or deleted.</summary>
    public string Displaced => Neighbour(Target, "old");

    /// <summary>The replaced database that the worktree had written to.</summary>
    public string Previous => Neighbour(Target, "previous");

    /// <summary>Folders that are being deleted; nobody needs what is in it.</summary>
    public string Trash => Neighbour(Target, "trash");

    /// <summary>What is known of the last copy.</summary>
    public string ManifestFile => Path.Combine(stateDirectory, $"database-{Key}.json");

    /// <summary>There while a copy is being put in place.</summary>
    public string JournalFile => Path.Combine(stateDirectory, $"database-{Key}.journal.json");

    /// <summary>There while the worktree's database is refreshed in place; see <see cref="Presence.IsHalfRefreshed"/>.</summary>
    public string RefreshMark => Path.Combine(stateDirectory, $"database-{Key}.refreshing");

    /// <summary>The <see cref="TreeRecord"/> of a tree.</summary>
    /// <param name="inode">The inode of its root.</param>
    public string TreeFile(ulong inode) =>
        Path.Combine(
            stateDirectory,
            string.Create(CultureInfo.InvariantCulture, $"{TreePrefix}{inode}.json")
        );

    /// <summary>There when a copy is known to be on the disk; see <see cref="Durability"/>.</summary>
    /// <param name="inode">The inode of its root.</param>
    public string DurableFile(ulong inode) => Path.ChangeExtension(TreeFile(inode), ".durable");

    /// <summary>The files that were written for trees, and the inodes in their names.</summary>
    public IEnumerable<(string File, string Inode)> TreeFiles() =>
        Directory
            .EnumerateFiles(stateDirectory, TreePrefix + "*")
            .Select(f => (f, Path.GetFileNameWithoutExtension(f)[TreePrefix.Length..]));

    /// <summary>Held while one is being copied; never deleted.</summary>
    public string LockFile => Path.Combine(stateDirectory, "database.lock");

    /// <summary>What SQLite keeps beside a file: an old one beside a new database would be replayed into it.</summary>
    public IReadOnlyList<string> CompanionSuffixes =>
        Database.Type == DatabaseType.Sqlite ? SqliteCompanions : [];

    // The name of a file must not depend on what a path may contain.
    private string TreePrefix => $"database-{Key}.tree-";

    private string Key => TextHash.Hex(Slashed(Database.Path), 8);

    /// <summary>The place of a database in a linked worktree.</summary>
    public static DatabasePlace Of(
        DatabaseConfiguration database,
        WorktreeIdentity identity,
        string mainRoot
    ) => new(database, identity, mainRoot);

    /// <summary>What git is to ignore of a database, relative to the root with slashes.</summary>
    public static IEnumerable<string> Ignorable(DatabaseConfiguration database)
    {
        if (database.Volume is not null)
        {
            yield break;
        }
        var isFile = database.Type == DatabaseType.Sqlite;
        foreach (var kind in new[] { null, "new", "old", "previous", "trash" })
        {
            var path = Slashed(kind is null ? database.Path : Neighbour(database.Path, kind));
            yield return isFile ? path : $"{path}/";
            foreach (var suffix in isFile ? SqliteCompanions : [])
            {
                yield return path + suffix;
            }
        }
    }

    /// <summary>Throws where the path in the worktree leads through a link: what it leads to is not the worktree's own.</summary>
    public void RequireOwnPath()
    {
        var real = RealPath.Of(Target);
        if (real != Target)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.TargetIsALink,
                $"'{Target}' leads through a symbolic link to '{real}', so it is not this worktree's own. "
                    + "Remove the link to get a copy, or take the database out of worktree.json."
            );
        }
    }

    /// <summary>Deletes what a killed or failed copy left; the journal must have been seen to.</summary>
    public void RemoveLeftOvers()
    {
        DeleteWithCompanions(Temporary);
        DeleteWithCompanions(Displaced);
        FolderTree.Delete(Trash);
    }

    /// <summary>Takes a database out of the way, for <see cref="EmptyTrash"/> to delete; a file is deleted at once.</summary>
    public void Discard(string path)
    {
        if (FileStat.TryOf(path)?.Kind != FileKind.Directory)
        {
            DeleteWithCompanions(path);
            return;
        }
        for (var attempt = 1; ; attempt++)
        {
            Directory.CreateDirectory(Trash);
            try
            {
                Directory.Move(path, Path.Combine(Trash, $"{Guid.NewGuid():N}"));
                return;
            }
            catch (Exception e)
                when (e is UnauthorizedAccessException || e.HResult == Libc.PermissionDenied)
            {
                // Somebody else's folder can be renamed, but not put into another: the helper container deletes it.
                Directory.Move(path, $"{Trash}-{Guid.NewGuid():N}");
                return;
            }
            catch (DirectoryNotFoundException) when (attempt < 10)
            {
                // A former command's deletion has just come to its end, and took the folder with it.
            }
        }
    }

    /// <summary>Deletes what was discarded, without waiting: 5 GB take seconds. What is left is deleted by the next command.</summary>
    public void EmptyTrash(HostEnvironment environment)
    {
        if (
            Directory.Exists(Trash)
            && !DetachedShell.TryStart(environment, """rm -rf -- "$1" """, Trash)
        )
        {
            FolderTree.Delete(Trash);
        }
    }

    private void DeleteWithCompanions(string path)
    {
        FolderTree.Delete(path);
        foreach (var suffix in CompanionSuffixes)
        {
            FolderTree.Delete(path + suffix);
        }
    }

    private static string Neighbour(string path, string kind) =>
        Path.Combine(
            Path.GetDirectoryName(path)!,
            $".{Path.GetFileName(path)}.worktree-hooks-{kind}"
        );

    private static string Slashed(string path) => path.Replace(Path.DirectorySeparatorChar, '/');
}
