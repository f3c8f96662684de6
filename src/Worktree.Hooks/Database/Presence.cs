using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>Which databases are there, where folders may be closed to this user.</summary>
internal static class Presence
{
    /// <summary>True where the worktree has the database; a closed folder is somebody's.</summary>
    public static bool InWorktree(DatabaseKind kind, DatabasePlace place)
    {
        try
        {
            return kind.IsPresent(place.Target)
                && !IsHalfRefreshed(place)
                && !MayBeTorn(kind, place);
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>True where main has it.</summary>
    /// <exception cref="SourceUnreadableException">Nobody may look.</exception>
    public static bool InMain(DatabaseKind kind, DatabasePlace place)
    {
        try
        {
            return kind.IsPresent(place.Source);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new SourceUnreadableException(place.Source, e);
        }
    }

    /// <summary>
    /// True where a refresh in place was interrupted: the database refuses to start, and nothing of anybody's is in it.
    /// </summary>
    public static bool IsHalfRefreshed(DatabasePlace place) =>
        File.Exists(place.RefreshMark)
        && FileStat.TryOf(Path.Combine(place.Target, PostgresRules.ControlFile)) is null;

    // The machine went off before the copy was on the disk, and nobody wrote to it since: it is made anew.
    private static bool MayBeTorn(DatabaseKind kind, DatabasePlace place) =>
        CloneManifest.TryRead(place) is { } manifest
        && FileStat.TryOf(place.Target) is { } root
        && !Durability.IsOnDisk(place, root.Inode, manifest.BootId, manifest.CopyId)
        && (kind.IsDamaged(place.Target) || IsUnchangedSince(kind, place, manifest));

    /// <summary>True where nobody wrote to the worktree's database since it was copied; not where that cannot be told.</summary>
    public static bool IsUnchangedSince(
        DatabaseKind kind,
        DatabasePlace place,
        CloneManifest manifest
    )
    {
        try
        {
            return kind.IsUnchanged(place.Target, manifest.CloneFingerprint);
        }
        catch (Exception e) when (DatabaseFailure.IsExpected(e))
        {
            return false;
        }
    }
}
