using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Worktree.Hooks.Platform;

/// <summary>A process to start: what runs where, with which variables, and where its output goes.</summary>
/// <param name="Command">Program and arguments; the program is looked up on the PATH of <paramref name="Variables"/>.</param>
/// <param name="WorkingDirectory">The folder it runs in.</param>
/// <param name="Variables">Exactly its environment.</param>
/// <param name="LogFile">Standard output and standard error are appended here; its folder must exist.</param>
internal sealed record DetachedStart(
    IReadOnlyList<string> Command,
    string WorkingDirectory,
    IReadOnlyDictionary<string, string> Variables,
    string LogFile
);

/// <summary>
/// Starts processes that outlive us: in a session and group of their own, without our terminal, descriptors or signal
/// settings, so that neither Ctrl+C nor the end of an MSBuild node reaches them.
/// </summary>
internal static class DetachedProcess
{
    /// <summary>Starts a process and returns its record. Its id is its group's id too.</summary>
    /// <exception cref="FileNotFoundException">There is no such program.</exception>
    /// <exception cref="Win32Exception">The system cannot start it: not executable, no memory.</exception>
    public static ProcessRecord Start(DetachedStart start)
    {
        var program = FindProgram(start);
        var id = OperatingSystem.IsWindows()
            ? StartOnWindows(start, program)
            : PosixSpawn.Start(start, program);
        // It cannot have been reaped yet, as only we may do that: a process that has ended is a zombie with a stat line.
        return RecordOf(id);
    }

    /// <summary>
    /// The exit code of a process that is not alive any more; null where it was not our child. A process whose threads
    /// are still ending is waited for: it shows as a zombie a moment before its exit code can be had.
    /// </summary>
    public static int? ExitCodeOf(ProcessRecord process)
    {
        // Only a zombie is waited for: a recycled id may be another child of ours, which lives on.
        var isOurs =
            !OperatingSystem.IsLinux()
            || (
                LinuxProcess.Query(process.Id) is { IsZombie: true } zombie
                && zombie.StartTime == process.StartTime
                && process.BootId == LinuxProcess.BootId
            );
        if (
            OperatingSystem.IsWindows()
            || !isOurs
            || Libc.WaitForProcess(process.Id, out var status, 0) != process.Id
        )
        {
            return null;
        }
        // wait(2): the low seven bits are the signal, the next byte the exit code.
        var signal = status & 0x7F;
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal;
    }

    private static ProcessRecord RecordOf(int id) =>
        OperatingSystem.IsLinux() && LinuxProcess.Query(id) is { } process
            ? new ProcessRecord(id, process.Group, process.StartTime, LinuxProcess.BootId)
            : ProcessTable.Query(id) ?? new ProcessRecord(id, id, 0, "");

    private static string FindProgram(DetachedStart start)
    {
        var name = start.Command[0];
        if (name.AsSpan().ContainsAny('/', Path.DirectorySeparatorChar))
        {
            var path = Path.GetFullPath(name, start.WorkingDirectory);
            return File.Exists(path) ? path : throw new FileNotFoundException(null, path);
        }
        var extensions = OperatingSystem.IsWindows() ? (string[])["", ".exe", ".cmd"] : [""];
        var folders = (start.Variables.GetValueOrDefault("PATH") ?? "").Split(Path.PathSeparator);
        return folders
                .Where(folder => folder.Length > 0)
                .SelectMany(folder =>
                    extensions.Select(e =>
                        Path.GetFullPath(Path.Combine(folder, name + e), start.WorkingDirectory)
                    )
                )
                .FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException(null, name);
    }

    // Windows (not run by our tests): cmd.exe redirects into the log, as a handle of ours would keep us alive.
    private static int StartOnWindows(DetachedStart start, string program)
    {
        var quoted = start.Command.Skip(1).Prepend(program).Select(a => $"\"{a}\"");
        var information = new ProcessStartInfo(
            "cmd.exe",
            $"/d /s /c \"{string.Join(' ', quoted)} >> \"{start.LogFile}\" 2>&1 < NUL\""
        )
        {
            WorkingDirectory = start.WorkingDirectory,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        information.Environment.Clear();
        foreach (var (name, value) in start.Variables)
        {
            information.Environment[name] = value;
        }
#pragma warning disable RS0030 // the door for processes that outlive us
        using var process = Process.Start(information)!;
#pragma warning restore RS0030
        return process.Id;
    }
}
