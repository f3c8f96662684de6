using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// Whether a copy would survive a power cut. Waiting for the disk takes as long as the copy itself, so it is waited for
/// in the background; after a boot, a copy of which nobody knows is made anew.
/// </summary>
internal static class Durability
{
    // fsync of one file is no use: the copy has thousands (sync(1): -f syncs a file system).
    private const string SyncAndMark =
        """sync -f "$1" && [ -d "${3%/*}" ] && printf %s "$2" >"$3" """;

    /// <summary>True where a tree is on the disk, or the machine has not been off since it was made.</summary>
    /// <param name="place">The database.</param>
    /// <param name="inode">The inode of the tree's root.</param>
    /// <param name="bootId">The boot in which the copy was made.</param>
    /// <param name="copyId">The copy's id.</param>
    public static bool IsOnDisk(DatabasePlace place, ulong inode, string bootId, string copyId)
    {
        if (bootId == LinuxProcess.BootId)
        {
            return true;
        }
        try
        {
            return File.ReadAllText(place.DurableFile(inode)) == copyId;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Brings the worktree's database to the disk and marks it so, without waiting.</summary>
    public static void EnsureInBackground(
        HostEnvironment environment,
        DatabasePlace place,
        string copyId
    )
    {
        if (!OperatingSystem.IsLinux() || FileStat.TryOf(place.Target) is not { } root)
        {
            return; // no boot id there: IsOnDisk believes the boot
        }
        // Where it cannot be started, the copy is made anew after a boot.
        DetachedShell.TryStart(
            environment,
            SyncAndMark,
            place.Target,
            copyId,
            place.DurableFile(root.Inode)
        );
    }
}
