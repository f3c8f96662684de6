using System.Globalization;
using System.Runtime.InteropServices;

namespace Worktree.Hooks.Platform;

/// <summary>What <c>/proc/PID/stat</c> says of a process (proc_pid_stat(5)).</summary>
/// <param name="Id">Its id.</param>
/// <param name="IsZombie">True where it has ended and only waits for its parent.</param>
/// <param name="Group">Its process group.</param>
/// <param name="Session">Its session.</param>
/// <param name="StartTime">Clock ticks from the boot to its start.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LinuxProcess(
    int Id,
    bool IsZombie,
    int Group,
    int Session,
    long StartTime
)
{
    /// <summary>The id of this boot.</summary>
    public static string BootId { get; } = ReadLine("/proc/sys/kernel/random/boot_id") ?? "";

    /// <summary>One process, or null where there is none of that id.</summary>
    public static LinuxProcess? Query(int processId) =>
        ReadLine(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat")) is { } line
            ? Parse(processId, line)
            : null;

    /// <summary>All processes that can be seen.</summary>
    public static IEnumerable<LinuxProcess> All()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (
                int.TryParse(
                    Path.GetFileName(folder.AsSpan()),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var id
                )
            )
            {
                if (Query(id) is { } process)
                {
                    yield return process;
                }
            }
        }
    }

    /// <summary>The environment variables that a process was started with; empty where they may not be read.</summary>
    public static IEnumerable<string> EnvironmentOf(int processId)
    {
        try
        {
            return File.ReadAllText(
                    string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/environ")
                )
                .Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Takes a stat line apart; the name in parentheses may itself hold spaces and parentheses.</summary>
    internal static LinuxProcess? Parse(int processId, string line)
    {
        var fields = line[(line.LastIndexOf(')') + 1)..]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // Fields count from 3 (state) behind the name: 5 is the group, 6 the session, 22 the start time.
        return fields.Length < 20
            ? null
            : new LinuxProcess(
                processId,
                fields[0] is "Z" or "X",
                int.Parse(fields[2], CultureInfo.InvariantCulture),
                int.Parse(fields[3], CultureInfo.InvariantCulture),
                long.Parse(fields[19], CultureInfo.InvariantCulture)
            );
    }

    private static string? ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process ended in this moment, or /proc hides it.
            return null;
        }
    }
}
