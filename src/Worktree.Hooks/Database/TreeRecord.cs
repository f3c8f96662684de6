using System.Globalization;
using System.Text.Json;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>One file of a copy and its source when it was copied. Times are nanoseconds since 1970.</summary>
internal sealed record KnownFile(
    string Name,
    long Size,
    ulong SourceInode,
    long SourceModified,
    long SourceChanged,
    ulong Inode,
    long Modified,
    long Changed
)
{
    // The steps of a file's times: a write within one does not show.
    private const long SourceStep = 2_000_000_000;
    private const long OwnStep = 50_000_000;

    /// <summary>What to remember; null where a later write on either side might not show in its times.</summary>
    /// <param name="name">The name in both trees.</param>
    /// <param name="source">The source before it was read.</param>
    /// <param name="copy">The copy when it was written.</param>
    /// <param name="scanned">When the source was looked at.</param>
    public static KnownFile? Of(string name, FileStat source, FileStat copy, long scanned) =>
        Math.Max(source.Modified, source.Changed) < scanned - SourceStep
            ? new KnownFile(
                name,
                source.Size,
                source.Inode,
                source.Modified,
                source.Changed,
                copy.Inode,
                copy.Modified,
                copy.Changed
            )
            : null;

    /// <summary>True where both files are what they were: nothing has to be copied.</summary>
    public bool Vouches(FileStat source, FileStat copy) =>
        (source.Size, source.Inode, source.Modified, source.Changed)
            == (Size, SourceInode, SourceModified, SourceChanged)
        && (copy.Size, copy.Inode, copy.Modified, copy.Changed) == (Size, Inode, Modified, Changed)
        && copy is { Kind: FileKind.File, Links: 1 };

    /// <summary>True where a server that starts from now on cannot write within the step of the copy's last change.</summary>
    public bool IsSettledAt(long now) => Changed < now - OwnStep;
}

/// <summary>
/// What a copied tree consists of: by it a refresh knows which files need no look inside. It belongs to the tree's own
/// inode, so that it goes with the tree when that is renamed.
/// </summary>
internal sealed record TreeRecord
{
    private const int CurrentVersion = 1;

    public required int Version { get; init; }

    /// <summary>Main's database, links resolved.</summary>
    public required string Source { get; init; }

    public required string CopyId { get; init; }

    public required string BootId { get; init; }

    public required IReadOnlyList<KnownFile> Files { get; init; }

    /// <summary>The record of a tree; null where there is none that can vouch for it.</summary>
    public static TreeRecord? TryRead(DatabasePlace place, string tree)
    {
        // Other systems' times and inodes do not tell enough, nor do those of a server on the network.
        if (
            !OperatingSystem.IsLinux()
            || FileStat.TryOf(tree) is not { } root
            || new[] { tree, place.Source }.Any(p =>
                new DriveInfo(p).DriveType == DriveType.Network
            )
        )
        {
            return null;
        }
        try
        {
            var record = JsonSerializer.Deserialize(
                File.ReadAllBytes(place.TreeFile(root.Inode)),
                DatabaseRecords.Default.TreeRecord
            );
            return
                record?.Version == CurrentVersion
                && record.Source == place.Source
                && Durability.IsOnDisk(place, root.Inode, record.BootId, record.CopyId)
                ? record
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the record of a tree that is about to become startable, and forgets those of trees that are gone.</summary>
    /// <param name="place">The database.</param>
    /// <param name="tree">The tree.</param>
    /// <param name="copyId">The copy's id.</param>
    /// <param name="now">The moment.</param>
    public static void Write(DatabasePlace place, CopyTree tree, string copyId, DateTimeOffset now)
    {
        var inode = FileStat.TryOf(tree.Path)!.Inode;
        if (tree.IsReflinked)
        {
            File.Delete(place.TreeFile(inode));
            return;
        }
        var record = new TreeRecord
        {
            Version = CurrentVersion,
            Source = place.Source,
            CopyId = copyId,
            BootId = LinuxProcess.BootId,
            Files = [.. tree.Known.Where(f => f.IsSettledAt(FileStat.TimeOf(now)))],
        };
        AtomicFile.Write(
            place.TreeFile(inode),
            JsonSerializer.SerializeToUtf8Bytes(record, DatabaseRecords.Default.TreeRecord)
        );
    }

    /// <summary>Deletes the records of trees that are neither the current nor the previous generation.</summary>
    public static void RemoveOld(DatabasePlace place)
    {
        var kept = new[] { place.Target, place.Previous }
            .Select(FileStat.TryOf)
            .OfType<FileStat>()
            .Select(s => s.Inode.ToString(CultureInfo.InvariantCulture))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var (file, inode) in place.TreeFiles().Where(f => !kept.Contains(f.Inode)))
        {
            File.Delete(file);
        }
    }
}
