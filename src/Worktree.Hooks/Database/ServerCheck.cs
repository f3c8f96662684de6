using System.Globalization;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// Whether a PostgreSQL server runs on a data directory. What cannot be proven counts as running: an unreadable folder
/// of a process is not a stale one, and a container's process id means nothing here.
/// </summary>
internal static class ServerCheck
{
    private static readonly TimeSpan MostGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>What says that a server runs there, or that nobody can tell; null where it is stopped.</summary>
    public static string? Evidence(string dataDirectory)
    {
        if (StandingIn(dataDirectory) is { } process)
        {
            return $"PostgreSQL is running in '{dataDirectory}' ({process} stands in it)";
        }
        var content = ReadPidFile(PidFile(dataDirectory));
        return content is null ? null : EvidenceOf(dataDirectory, content);
    }

    // A server that stops removes its file a moment before it ends ('pg_ctl stop' waits for the file alone).
    private static RunningProcess? StandingIn(string dataDirectory)
    {
        if (FileStat.TryOf(dataDirectory) is not { } folder)
        {
            return null;
        }
        var process = RunningProcesses.InFolder(folder);
        for (
            var waited = TimeSpan.Zero;
            process is not null && waited < MostGrace && !IsThere(PidFile(dataDirectory));
            waited += Pause
        )
        {
            Thread.Sleep(Pause);
            process = RunningProcesses.InFolder(folder);
        }
        return process;
    }

    private static bool IsThere(string path)
    {
        try
        {
            return FileStat.TryOf(path) is not null;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static string PidFile(string dataDirectory) =>
        Path.Combine(dataDirectory, "postmaster.pid");

    private static string? EvidenceOf(string dataDirectory, string content)
    {
        var unproven = $"PostgreSQL may be running in '{dataDirectory}' (postmaster.pid";
        var firstLine = content.Split('\n')[0].Trim();
        if (!int.TryParse(firstLine, CultureInfo.InvariantCulture, out var id) || id == 0)
        {
            return $"{unproven} names no process)";
        }
        id = Math.Abs(id); // negative for a standalone backend
        if (id == 1)
        {
            return $"{unproven} names process 1, as a container's server does)";
        }
        if (RunningProcesses.MayExist(id) && RunningProcesses.IsHidden(id))
        {
            return $"PostgreSQL is running in '{dataDirectory}' (postmaster.pid names process {id})";
        }
        // The id may be one of a container, where it means another process than here.
        return RunningProcesses.Hidden("postgres") is { } hidden
            ? $"{unproven} names process {id}, and this user may not look into {hidden})"
            : null;
    }

    private static string? ReadPidFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new SourceUnreadableException(path, e);
        }
    }
}
