using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>A SQLite file, copied through SQLite's online backup: main may be written to meanwhile.</summary>
internal sealed class SqliteKind : DatabaseKind
{
    public override bool IsPresent(string path) =>
        FileStat.TryOf(path) is { } stat && (stat.Kind != FileKind.Link || File.Exists(path));

    public override void RequireCopyable(string source)
    {
        if (FileStat.TryOf(source) is { Kind: not FileKind.File })
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.NotADatabase,
                $"'{source}' is not a file. Correct \"type\" or \"path\" of the database in worktree.json."
            );
        }
        try
        {
            using var opened = File.OpenHandle(
                source,
                share: FileShare.ReadWrite | FileShare.Delete
            );
        }
        catch (UnauthorizedAccessException e)
        {
            throw new SourceUnreadableException(source, e);
        }
    }

    public override void RequireIdle(string target)
    {
        if (RunningProcesses.Writing([.. Plan(target).AllFiles.Select(f => f.Stat)]) is { } writer)
        {
            throw DatabaseFailure.TargetInUse($"{writer} has '{target}' open");
        }
    }

    /// <summary>The file and what is not in it yet.</summary>
    public override CopyPlan Plan(string source)
    {
        var entries = new[] { source, source + "-wal", source + "-journal" }
            .Select(p => (Path: p, Stat: FileStat.TryOf(p)))
            .Where(f => f.Stat is not null && (f.Path == source || f.Stat.Size > 0))
            .Select(f => new ScannedEntry(
                Path.GetFileName(f.Path),
                f.Path,
                // SQLite itself moves the log's ctime: as root it sets its owner whenever it opens it.
                f.Path == source
                    ? f.Stat!
                    : f.Stat! with
                    {
                        Changed = f.Stat.Modified,
                    }
            ));
        return new CopyPlan { Folders = [], Files = [.. entries] };
    }

    public override void Copy(CopyPlan plan, string source, CopyTree tree)
    {
        FreeSpace.Require(Path.GetDirectoryName(tree.Path)!, plan.Allocated);
        try
        {
            SqliteBackup.Run(source, tree.Path, tree.Meter);
        }
        catch (SqliteException e)
        {
            throw SqliteBackup.Explain(e, source);
        }
        FileMetadata.Apply(tree.Path, plan.Files[0].Stat);
        tree.Method = "sqlite backup";
    }

    public override CopyPlan Made(CopyPlan plan, string target) => Plan(target);

    public override void Settle(string target)
    {
        try
        {
            SqliteBackup.Settle(target);
        }
        catch (SqliteException e) when (SqliteBackup.IsBusy(e))
        {
            throw DatabaseFailure.TargetInUse($"another program uses '{target}'");
        }
        catch (SqliteException)
        {
            // A damaged one is moved away as it is, with what lies beside it.
        }
    }

    public override string FingerprintOf(string path)
    {
        var stat = FileStat.TryOf(path)!;
        using var content = new FileStream(
            path,
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete
        );
        return $"{stat.Size}|{stat.Modified}|{Convert.ToHexStringLower(SHA256.HashData(content))}";
    }

    public override bool IsUnchanged(string path, string fingerprint)
    {
        var plan = Plan(path);
        if (plan.Files is not [{ Stat: var stat }])
        {
            return false; // there is a log that is not in the file yet
        }
        // The times tell most of the time; reading gigabytes is for when they do not.
        return fingerprint.StartsWith($"{stat.Size}|{stat.Modified}|", StringComparison.Ordinal)
            || HashOf(FingerprintOf(path)) == HashOf(fingerprint);
    }

    private static string HashOf(string fingerprint) =>
        fingerprint[(fingerprint.LastIndexOf('|') + 1)..];
}
