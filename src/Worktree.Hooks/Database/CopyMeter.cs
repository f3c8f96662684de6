using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>Counts the bytes of a copy, stops it when the user cancels, and tells the narrator of copies that take longer than a second.</summary>
internal sealed class CopyMeter(
    HostEnvironment environment,
    Narrator narrator,
    string activity,
    CancellationToken cancellation
)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Lock gate = new();
    private readonly long start = environment.Clock.GetTimestamp();
    private TimeSpan lastTold = Silence - Interval;
    private long done;
    private int files;

    /// <summary>All bytes; 0 while unknown.</summary>
    public long Total { get; set; }

    /// <summary>All files; 0 where it is one.</summary>
    public int TotalFiles { get; set; }

    /// <summary>Set where the user cancels.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>Counts more bytes; safe from several workers.</summary>
    /// <exception cref="OperationCanceledException">The user cancelled.</exception>
    public void Add(long bytes)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (gate)
        {
            done += bytes;
            var elapsed = environment.Clock.GetElapsedTime(start);
            if (elapsed - lastTold >= Interval)
            {
                lastTold = elapsed;
                narrator.Progress(
                    new CopyProgress(activity, done, Total, files, TotalFiles, elapsed)
                );
            }
        }
    }

    /// <summary>Counts a file that is done; safe from several workers.</summary>
    public void AddFile() => Interlocked.Increment(ref files);
}
