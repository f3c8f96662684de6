using System.Globalization;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// Whether a PostgreSQL server runs on a data directory. What cannot be proven counts as running: an unreadable folder
/// of a process is not a stale one, and a container's process id means nothing here.
/// </summary>
internal static class ServerCheck
{
    /// <summary>What says that a server runs there, or that nobody can tell; null where it is stopped.</summary>
    public static string? Evidence(string dataDirectory)
    {
        if (
            FileStat.TryOf(dataDirectory) is { } folder
            && RunningProcesses.InFolder(folder) is { } process
        )
        {
            return $"PostgreSQL is running in '{dataDirectory}' ({process} stands in it)";
        }
        var content = ReadPidFile(Path.Combine(dataDirectory, "postmaster.pid"));
        return content is null ? null : EvidenceOf(dataDirectory, content);
    }

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
        if (RunningProcesses.MayExist(id) && !RunningProcesses.MayLookInto(id))
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
