using System.Globalization;

namespace Worktree.Hooks.Platform;

/// <summary>The memory of process groups at one moment, as far as the system tells (Linux).</summary>
internal sealed class ProcessMemory
{
    private readonly ILookup<int, int> idsByGroup;

    private ProcessMemory(IEnumerable<LinuxProcess> processes) =>
        idsByGroup = processes.Where(p => !p.IsZombie).ToLookup(p => p.Group, p => p.Id);

    /// <summary>Lists the processes once; their memory is read when it is asked for.</summary>
    public static ProcessMemory Query() => new(OperatingSystem.IsLinux() ? LinuxProcess.All() : []);

    /// <summary>The bytes of a process and its whole group; null where that cannot be told.</summary>
    public long? Of(ProcessRecord record)
    {
        var sizes = idsByGroup[record.Group].Select(OfProcess).OfType<long>().ToList();
        return sizes.Count == 0 ? null : sizes.Sum();
    }

    // What processes share is divided among them (proc_pid_smaps(5), "Pss"), so that sums are true.
    private static long? OfProcess(int id)
    {
        try
        {
            var line = File.ReadLines(
                    string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/smaps_rollup")
                )
                .FirstOrDefault(l => l.StartsWith("Pss:", StringComparison.Ordinal));
            return line is null ? null : 1024 * FirstNumber(line["Pss:".Length..]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // ended meanwhile, or another user's
        }
    }

    private static long FirstNumber(string text) =>
        long.Parse(
            text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0],
            CultureInfo.InvariantCulture
        );
}
