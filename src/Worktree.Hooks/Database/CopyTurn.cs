using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>Copies of one worktree take turns; the turn of a process that dies ends with it.</summary>
internal static class CopyTurn
{
    /// <summary>Waits until nobody else copies a database of this worktree.</summary>
    /// <exception cref="OperationCanceledException">The user cancelled.</exception>
    public static FileLock Wait(DatabaseCall call, DatabasePlace place)
    {
        FileLock? hold;
        var isTold = false;
        while ((hold = FileLock.TryAcquire(place.LockFile)) is null)
        {
            if (!isTold)
            {
                call.Narrator.Say(
                    "Another command copies this worktree's database; waiting for it."
                );
                isTold = true;
            }
            // A blocking lock could not be cancelled.
            call.Cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(20));
            call.Cancellation.ThrowIfCancellationRequested();
        }
        return hold;
    }
}
