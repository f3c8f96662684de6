using System.Security.Cryptography;
using System.Text;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>A link to recreate.</summary>
/// <param name="Entry">The link in main.</param>
/// <param name="Text">What the link in the copy says: it stays inside the copy.</param>
internal sealed record PlannedLink(ScannedEntry Entry, string Text);

/// <summary>What is to be copied of a directory, decided from its listing alone.</summary>
internal sealed record CopyPlan
{
    /// <summary>Folders, each before its content; the first is the directory itself.</summary>
    public required IReadOnlyList<ScannedEntry> Folders { get; init; }

    /// <summary>Files, the largest first.</summary>
    public required IReadOnlyList<ScannedEntry> Files { get; init; }

    /// <summary>The file without which no server starts on the copy: copied after everything else.</summary>
    public ScannedEntry? LastFile { get; init; }

    public IReadOnlyList<PlannedLink> Links { get; init; } = [];

    /// <summary>Links that lead out of the directory and are left out.</summary>
    public IReadOnlyList<ScannedEntry> LinksLeftOut { get; init; } = [];

    /// <summary>All files with the last one.</summary>
    public IEnumerable<ScannedEntry> AllFiles => LastFile is null ? Files : Files.Append(LastFile);

    /// <summary>The size of all files.</summary>
    public long Bytes => AllFiles.Sum(f => f.Stat.Size);

    /// <summary>What they take on a disk, holes not counted.</summary>
    public long Allocated => AllFiles.Sum(f => Math.Min(f.Stat.Size, f.Stat.Allocated));

    /// <summary>
    /// SHA-256 over names, sizes, times and inodes: equal where nobody wrote. ctime is in it because a modification
    /// time can be set back.
    /// </summary>
    public string Fingerprint
    {
        get
        {
            var lines = AllFiles
                .Concat(Links.Select(l => l.Entry))
                .OrderBy(f => f.Name, StringComparer.Ordinal)
                .Select(f =>
                    $"{f.Name}|{f.Stat.Size}|{f.Stat.Modified}|{f.Stat.Changed}|{f.Stat.Inode}|{f.LinkText}\n"
                );
            return Convert.ToHexStringLower(
                SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines)))
            );
        }
    }

    /// <summary>True where every file rested for two seconds: a later write shows in its times (their steps are coarse).</summary>
    public bool IsSettledAt(DateTimeOffset now)
    {
        var limit = FileStat.TimeOf(now - TimeSpan.FromSeconds(2));
        return AllFiles.All(f => f.Stat.Modified < limit && f.Stat.Changed < limit);
    }

    /// <summary>Plans a directory: sockets, FIFOs and devices are left out, and what the rules leave out.</summary>
    /// <param name="entries">What <see cref="TreeScan"/> found.</param>
    /// <param name="isLeftOut">Names that the copy does not need, by entry.</param>
    /// <param name="lastFile">The name of <see cref="LastFile"/>, or null.</param>
    public static CopyPlan Of(
        IReadOnlyList<ScannedEntry> entries,
        Func<ScannedEntry, bool> isLeftOut,
        string? lastFile
    )
    {
        var wanted = entries.Where(e => e.Name.Length == 0 || !isLeftOut(e)).ToList();
        var files = wanted.Where(e => e.Stat.Kind == FileKind.File).ToList();
        var root = entries[0].FullPath;
        var links = wanted
            .Where(e => e.Stat.Kind == FileKind.Link)
            .ToLookup(e => TextInside(root, e) is not null);
        return new CopyPlan
        {
            Folders = [.. wanted.Where(e => e.Stat.Kind == FileKind.Directory)],
            Files = [.. files.Where(f => f.Name != lastFile).OrderByDescending(f => f.Stat.Size)],
            LastFile = files.Find(f => f.Name == lastFile),
            Links = [.. links[true].Select(e => new PlannedLink(e, TextInside(root, e)!))],
            LinksLeftOut = [.. links[false]],
        };
    }

    // A link that stays inside leads to the same place of the copy; an absolute one would lead back to main.
    private static string? TextInside(string root, ScannedEntry link)
    {
        if (!IsInside(root, link.LinkTarget!))
        {
            return null;
        }
        var folder = Path.GetDirectoryName(Path.Combine(root, link.Name))!;
        var isPlain =
            !Path.IsPathRooted(link.LinkText!)
            && IsInside(root, Path.GetFullPath(link.LinkText!, folder))
            && !link.LinkText!.Contains("..", StringComparison.Ordinal);
        return isPlain ? link.LinkText : Path.GetRelativePath(folder, link.LinkTarget!);
    }

    private static bool IsInside(string root, string path) =>
        path == root
        || path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
