using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>Copies of one worktree take turns; the turn of a process that dies ends with it.</summary>
internal static class CopyTurn
{
    /// <summary>Waits until nobody else copies a database of this worktree.</summary>
    /// <exception cref="OperationCanceledException">The user cancelled.</exception>
    public static FileLock Wait(
        DatabasePlace place,
        Narrator narrator,
        CancellationToken cancellation
    )
    {
        FileLock? hold;
        var isTold = false;
        while ((hold = FileLock.TryAcquire(place.LockFile)) is null)
        {
            if (!isTold)
            {
                narrator.Say("Another command copies this worktree's database; waiting for it.");
                isTold = true;
            }
            // A blocking lock could not be cancelled.
            cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(20));
            cancellation.ThrowIfCancellationRequested();
        }
        return hold;
    }
}
