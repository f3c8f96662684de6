using System.ComponentModel;
using System.Diagnostics;

namespace Worktree.Hooks.Platform;

/// <summary>Processes on macOS and Windows, through .NET (not run by our tests).</summary>
internal static class OtherSystemsProcess
{
    /// <summary>The record of a running process; its start time is in UTC ticks, its boot unknown.</summary>
    public static ProcessRecord? Query(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            if (process.HasExited)
            {
                return null;
            }
            var group = OperatingSystem.IsWindows() ? processId : Libc.GetProcessGroup(processId);
            return new ProcessRecord(
                processId,
                group,
                process.StartTime.ToUniversalTime().Ticks,
                ""
            );
        }
        catch (Exception e)
            when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Ends a process and its children on Windows, which knows no process groups in our sense.</summary>
    public static void KillTree(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e)
            when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It ended by itself.
        }
    }
}
