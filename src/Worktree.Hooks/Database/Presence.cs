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
            return kind.IsPresent(place.Target);
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
