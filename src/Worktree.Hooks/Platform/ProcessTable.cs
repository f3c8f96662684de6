using System.Globalization;
using System.Runtime.InteropServices;

namespace Worktree.Hooks.Platform;

/// <summary>
/// Knows and stops processes without ever mistaking one for another: a process id counts only together with the start
/// time and the boot (proc(5)), so that a recycled id is never signalled.
/// </summary>
internal static class ProcessTable
{
    private const int Terminate = 15;
    private const int Kill = 9;

    /// <summary>The record of a running process; null where there is none of that id. A zombie is none.</summary>
    public static ProcessRecord? Query(int processId)
    {
        if (OperatingSystem.IsLinux())
        {
            return LinuxProcess.Query(processId) is { IsZombie: false } process
                ? new ProcessRecord(
                    processId,
                    process.Group,
                    process.StartTime,
                    LinuxProcess.BootId
                )
                : null;
        }
        return OtherSystemsProcess.Query(processId);
    }

    /// <summary>True while the very process of the record runs.</summary>
    public static bool IsAlive(ProcessRecord record) =>
        Query(record.Id) is { } now
        && now.StartTime == record.StartTime
        && now.BootId == record.BootId;

    /// <summary>
    /// Stops a process and its whole group: SIGTERM, and SIGKILL to what is left after <paramref name="grace"/>.
    /// Children that outlived their leader are stopped too; a group of another session or boot is not touched.
    /// </summary>
    /// <returns>True where something ran and was stopped.</returns>
    public static bool StopGroup(ProcessRecord record, TimeSpan grace)
    {
        if (!HasMembers(record))
        {
            return false;
        }
        Signal(record, Terminate);
        if (!Ends(record, grace))
        {
            Signal(record, Kill);
            // What even this does not end hangs in the kernel, and waiting longer would not help.
            Ends(record, TimeSpan.FromSeconds(5));
        }
        return true;
    }

    /// <summary>True while the process or a member of its group runs.</summary>
    public static bool HasMembers(ProcessRecord record) =>
        IsAlive(record) || OrphansOf(record).Any();

    /// <summary>The living members of a dead leader's group: started after it, in the same boot and session.</summary>
    private static IEnumerable<int> OrphansOf(ProcessRecord record) =>
        OperatingSystem.IsLinux()
        && record.BootId == LinuxProcess.BootId
        && Query(record.Id) is null
            ? LinuxProcess
                .All()
                .Where(p =>
                    p.Group == record.Group
                    && p.Session == record.Group
                    && p.StartTime >= record.StartTime
                    && !p.IsZombie
                )
                .Select(p => p.Id)
            : [];

    private static bool Ends(ProcessRecord record, TimeSpan time)
    {
        var deadline = Environment.TickCount64 + (long)time.TotalMilliseconds;
        while (HasMembers(record))
        {
            if (Environment.TickCount64 >= deadline)
            {
                return false;
            }
            Thread.Sleep(5);
        }
        return true;
    }

    private static void Signal(ProcessRecord record, int signal)
    {
        if (OperatingSystem.IsWindows())
        {
            OtherSystemsProcess.KillTree(record.Id);
            return;
        }
        // A group lives while a member does, so its id cannot have been given to anybody else.
        if (HasMembers(record) && Libc.Kill(-record.Group, signal) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Libc.NoSuchProcess)
            {
                throw new UnauthorizedAccessException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"process group {record.Group}: {Marshal.GetPInvokeErrorMessage(error)}"
                    )
                );
            }
        }
    }
}
