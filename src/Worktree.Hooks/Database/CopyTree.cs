using System.Collections.Concurrent;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>The tree that a copy becomes: where it is, what of it is there already, and what was done.</summary>
/// <param name="path">Its folder; does not exist yet where nothing of it is there.</param>
/// <param name="former">What is there already; null for a new tree.</param>
/// <param name="scanned">When main was looked at.</param>
/// <param name="meter">Counts and cancels.</param>
internal sealed class CopyTree(
    string path,
    FormerTree? former,
    DateTimeOffset scanned,
    CopyMeter meter
)
{
    private readonly ConcurrentBag<KnownFile> known = [];
    private long reused;

    public string Path => path;

    public FormerTree? Former => former;

    public CopyMeter Meter => meter;

    /// <summary>How it was made, as users see it.</summary>
    public string Method { get; set; } = "";

    /// <summary>True where the file system shares the blocks: then copying all again is cheaper than a look at each.</summary>
    public bool IsReflinked { get; set; }

    /// <summary>Bytes that were right already and were not written.</summary>
    public long Reused => reused;

    /// <summary>The files of which a later refresh can tell whether they changed.</summary>
    public IEnumerable<KnownFile> Known => known;

    /// <summary>Where an entry of the plan lies in this tree.</summary>
    public string At(ScannedEntry entry) =>
        entry.Name.Length == 0 ? path : System.IO.Path.Combine(path, entry.Name);

    /// <summary>Counts bytes that did not have to be written; safe from several workers.</summary>
    public void Reuse(long bytes) => Interlocked.Add(ref reused, bytes);

    /// <summary>Remembers a file that is equal to its source now.</summary>
    public void Remember(ScannedEntry file)
    {
        if (
            FileStat.TryOf(At(file)) is { } copy
            && KnownFile.Of(file.Name, file.Stat, copy, FileStat.TimeOf(scanned)) is { } sure
        )
        {
            known.Add(sure);
        }
    }
}
