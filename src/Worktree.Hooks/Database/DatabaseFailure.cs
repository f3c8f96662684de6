using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>Words what can go wrong with a copy: the thing, the evidence, the remedy.</summary>
internal static class DatabaseFailure
{
    /// <summary>WTH4002.</summary>
    public static WorktreeHooksException Running(string source, string evidence)
    {
        var remedy = evidence.Contains("may be running", StringComparison.Ordinal)
            ? $"Stop it; if it does not run, start and stop it once, or delete '{Path.Combine(source, "postmaster.pid")}'. Or pass --keep-db."
            : "Stop it and run 'dotnet worktree db sync', or pass --keep-db.";
        return new WorktreeHooksException(ErrorCatalogue.DatabaseRunning, $"{evidence}. {remedy}");
    }

    /// <summary>WTH4003.</summary>
    public static WorktreeHooksException TargetInUse(string evidence) =>
        new(
            ErrorCatalogue.TargetInUse,
            $"{evidence}. Stop it with 'dotnet worktree stop', or pass --keep-db."
        );

    /// <summary>WTH4001.</summary>
    public static WorktreeHooksException Unreadable(
        DatabaseType type,
        string path,
        Exception? inner
    )
    {
        var seen = NearestVisible(path);
        var stat = seen is null ? null : FileStat.TryOf(seen);
        var owner = stat is null
            ? "may not be looked at"
            : $"belongs to {UserName.Of(stat.User)} with mode {Convert.ToString((int)stat.Mode, 8).PadLeft(4, '0')}";
        var remedy =
            type == DatabaseType.Postgres
                ? "PostgreSQL insists on closed directories, so do not widen the mode: run 'dotnet worktree db sync' as "
                    + $"{(stat is null ? "its owner" : UserName.Of(stat.User))} or root, or let main's server run as your own user"
                : "Make it readable (chmod, chown), or run 'dotnet worktree db sync' as its owner or root";
        return new WorktreeHooksException(
            ErrorCatalogue.DatabaseUnreadable,
            $"'{seen ?? path}' {owner}, and {UserName.OfThisProcess()} may not read it. {remedy}.",
            inner
        );
    }

    /// <summary>WTH4004 where the disk is full, WTH4002 where main changed, else WTH4005.</summary>
    public static WorktreeHooksException From(Exception exception, DatabasePlace place) =>
        exception switch
        {
            WorktreeHooksException known => known,
            SourceUnreadableException unreadable => Unreadable(
                place.Database.Type,
                unreadable.Path,
                exception
            ),
            SpaceMissingException space => new WorktreeHooksException(
                ErrorCatalogue.DiskFull,
                $"'{Path.GetDirectoryName(place.Target)}' has {ByteSize.Format(space.Available)} free, and the copy of "
                    + $"'{place.Source}' needs {ByteSize.Format(space.Needed)}. {SpaceRemedy(place)}",
                exception
            ),
            SourceChangedException => Running(
                place.Source,
                $"files in '{place.Source}' changed while they were copied ({exception.Message})"
            ),
            _ when PosixError.IsDiskFull(exception) => new WorktreeHooksException(
                ErrorCatalogue.DiskFull,
                $"'{Path.GetDirectoryName(place.Target)}' is full: the copy of '{place.Source}' did not fit. {SpaceRemedy(place)}",
                exception
            ),
            _ => new WorktreeHooksException(
                ErrorCatalogue.CopyFailed,
                $"'{place.Source}' cannot be copied to '{place.Target}': {exception.Message.TrimEnd('.')}. "
                    + "Mend what the system names, then run 'dotnet worktree db sync'.",
                exception
            ),
        };

    /// <summary>True for what the system may throw while files are read and written.</summary>
    public static bool IsExpected(Exception exception) =>
        exception
            is IOException
                or UnauthorizedAccessException
                or SourceUnreadableException
                or SpaceMissingException;

    private static string SpaceRemedy(DatabasePlace place) =>
        File.Exists(place.Previous) || Directory.Exists(place.Previous)
            ? $"Free space (the generation before, '{place.Previous}', may be deleted), then run 'dotnet worktree db sync'."
            : "Free space, then run 'dotnet worktree db sync'.";

    // A file in a closed folder cannot be asked about; the folder can.
    private static string? NearestVisible(string path)
    {
        for (var at = path; at is not null; at = Path.GetDirectoryName(at))
        {
            try
            {
                if (FileStat.TryOf(at) is not null)
                {
                    return at;
                }
            }
            catch (UnauthorizedAccessException)
            {
                // its folder then
            }
        }
        return null;
    }
}
