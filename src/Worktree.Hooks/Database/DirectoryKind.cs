using System.Security.Cryptography;
using System.Text;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>A plain directory: anything whose server is stopped.</summary>
internal class DirectoryKind : DatabaseKind
{
    public override bool IsPresent(string path) =>
        FileStat.TryOf(path) is { } stat
        && (
            stat.Kind is FileKind.File or FileKind.Other
            || (Directory.Exists(path) && !IsEmpty(path))
        );

    public override void RequireCopyable(string source)
    {
        if (FileStat.TryOf(source) is { Kind: not FileKind.Directory })
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.NotADatabase,
                $"'{source}' is not a directory. Correct \"type\" or \"path\" of the database in worktree.json."
            );
        }
        if (RunningProcesses.Writing(FilesOf(source)) is { } writer)
        {
            throw DatabaseFailure.Running(
                source,
                $"{writer} has files in '{source}' open for writing"
            );
        }
    }

    public override void RequireIdle(string target)
    {
        if (RunningProcesses.Writing(FilesOf(target)) is { } writer)
        {
            throw DatabaseFailure.TargetInUse($"{writer} has files in '{target}' open for writing");
        }
    }

    public override CopyPlan Plan(string source) =>
        CopyPlan.Of(TreeScan.Of(source, _ => false), _ => false, lastFile: null);

    public override void Copy(CopyPlan plan, string source, CopyTree tree) =>
        TreeCopy.Run(plan, tree);

    public override void RequireSameSource(CopyPlan plan, string source)
    {
        if (Plan(source).Fingerprint != plan.Fingerprint)
        {
            throw DatabaseFailure.Running(
                source,
                $"files in '{source}' changed while they were copied, so something writes to it"
            );
        }
    }

    public override string FingerprintOf(string path)
    {
        var lines = Plan(path)
            .AllFiles.OrderBy(f => f.Name, StringComparer.Ordinal)
            .Select(f => $"{f.Name}|{f.Stat.Size}|{f.Stat.Modified}\n");
        return Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines)))
        );
    }

    // Git cannot keep an empty folder, so there may be a .gitkeep or .gitignore for it.
    private protected static bool IsEmpty(string path) =>
        Directory
            .EnumerateFileSystemEntries(path)
            .All(e => Path.GetFileName(e).StartsWith(".git", StringComparison.Ordinal));

    private List<FileStat> FilesOf(string path) => [.. Plan(path).AllFiles.Select(f => f.Stat)];
}
