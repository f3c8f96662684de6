using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>An older copy that is to be brought to main's state: what lies in it, and what is known of that.</summary>
internal sealed class FormerTree
{
    private readonly IReadOnlyList<ScannedEntry> entries;
    private readonly Dictionary<string, ScannedEntry> present;
    private readonly Dictionary<string, KnownFile> known;

    private FormerTree(string path, TreeRecord record)
    {
        entries = TreeScan.Of(path, _ => false);
        present = entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
        known = record.Files.ToDictionary(f => f.Name, StringComparer.Ordinal);
    }

    /// <summary>Looks at a tree; null where nothing is known of it, so that copying it whole is the only safe way.</summary>
    public static FormerTree? TryLookAt(DatabasePlace place, string tree) =>
        TreeRecord.TryRead(place, tree) is { } record ? new FormerTree(tree, record) : null;

    /// <summary>True where a file needs no look inside: nobody changed it on either side.</summary>
    public bool Keeps(ScannedEntry file) =>
        known.TryGetValue(file.Name, out var former)
        && present.TryGetValue(file.Name, out var copy)
        && former.Vouches(file.Stat, copy.Stat);

    /// <summary>The older copy of a file where it can be patched; null where the file is to be copied anew.</summary>
    public FileStat? Patchable(ScannedEntry file) =>
        present.TryGetValue(file.Name, out var copy)
        && copy.Stat is { Kind: FileKind.File, Links: 1 }
        && !file.Stat.IsSparse
            ? copy.Stat
            : null;

    /// <summary>True where a folder is there.</summary>
    public bool HasFolder(ScannedEntry folder) =>
        present.TryGetValue(folder.Name, out var entry) && entry.Stat.Kind == FileKind.Directory;

    /// <summary>How much more space the refresh may take.</summary>
    public long GrowthTo(CopyPlan plan) =>
        plan
            .AllFiles.Where(f => !Keeps(f))
            .Sum(f => Math.Max(0, f.Stat.Allocated - (Patchable(f)?.Allocated ?? 0)));

    /// <summary>Deletes what main does not have, and links, which are made anew.</summary>
    /// <param name="plan">What main has.</param>
    /// <param name="path">Where the tree is by now.</param>
    public void RemoveAllBut(CopyPlan plan, string path)
    {
        var folders = plan.Folders.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        var files = plan.Files.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        string? gone = null;
        foreach (var entry in entries)
        {
            // Each folder stands before its content, which goes with it.
            var isGone = gone is not null && entry.Name.StartsWith(gone, StringComparison.Ordinal);
            var wanted = entry.Stat.Kind == FileKind.Directory ? folders : files;
            if (
                !isGone
                && entry.Stat.Kind is FileKind.Directory or FileKind.File
                && wanted.Contains(entry.Name)
            )
            {
                continue;
            }
            present.Remove(entry.Name);
            if (!isGone)
            {
                FolderTree.Delete(Path.Combine(path, entry.Name));
                gone = entry.Name + "/";
            }
        }
    }
}
