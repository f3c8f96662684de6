using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Worktree.Hooks.Platform;

/// <summary>A process as a message names it.</summary>
internal sealed record RunningProcess(int Id, string Name)
{
    /// <summary><c>process 812 (postgres)</c>.</summary>
    public override string ToString() =>
        Name.Length > 0 ? $"process {Id} ({Name})" : $"process {Id}";
}

/// <summary>What can be told about the processes of this machine; only Linux tells their folders and open files.</summary>
internal static class RunningProcesses
{
    private const string Root = "/proc";

    /// <summary>True unless the system says that there is no such process.</summary>
    public static bool MayExist(int id)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                using var process = System.Diagnostics.Process.GetProcessById(id);
                return true;
            }
            catch (ArgumentException)
            {
                return false;
            }
        }
        return Libc.Kill(id, 0) == 0 || Marshal.GetLastPInvokeError() != Libc.NoSuchProcess;
    }

    /// <summary>The first process whose current folder is this one, by device and inode: also seen from inside a container.</summary>
    public static RunningProcess? InFolder(FileStat folder) =>
        OperatingSystem.IsLinux() ? FirstIn(folder) : null;

    /// <summary>
    /// True where this user may not see which folder the process stands in. A process that has ended stands nowhere:
    /// that is not hidden.
    /// </summary>
    public static bool IsHidden(int id) =>
        !OperatingSystem.IsLinux()
        || (
            FileStat.TryFollow($"{Root}/{id}/cwd") is null
            && Marshal.GetLastPInvokeError() == Libc.PermissionDenied
        );

    /// <summary>Processes of this name that this user may not look into; names are public.</summary>
    public static RunningProcess? Hidden(string name) =>
        OperatingSystem.IsLinux()
            ? All()
                .FirstOrDefault(p =>
                    p.Name.StartsWith(name, StringComparison.Ordinal) && IsHidden(p.Id)
                )
            : null;

    /// <summary>The first process other than this one that has one of these files open for writing, as far as this user may see.</summary>
    public static RunningProcess? Writing(IReadOnlyCollection<FileStat> files) =>
        OperatingSystem.IsLinux() && files.Count > 0 ? FirstWriting(files) : null;

    [SupportedOSPlatform("linux")]
    private static RunningProcess? FirstIn(FileStat folder) =>
        All()
            .FirstOrDefault(p =>
                FileStat.TryFollow($"{Root}/{p.Id}/cwd") is { } cwd && cwd.IsSameFile(folder)
            );

    [SupportedOSPlatform("linux")]
    private static RunningProcess? FirstWriting(IReadOnlyCollection<FileStat> files)
    {
        var wanted = files.Select(f => (f.Device, f.Inode)).ToHashSet();
        var own = Libc.GetProcessId();
        return All().FirstOrDefault(p => p.Id != own && Holds(p.Id, wanted));
    }

    [SupportedOSPlatform("linux")]
    private static bool Holds(int id, HashSet<(ulong Device, ulong Inode)> wanted)
    {
        try
        {
            return Directory
                .EnumerateFiles($"{Root}/{id}/fd")
                .Any(link =>
                    // Sockets and pipes are no paths; a device may take its time to answer.
                    new FileInfo(link).LinkTarget
                        is ['/', ..] target
                    && !target.StartsWith("/dev/", StringComparison.Ordinal)
                    && FileStat.TryFollow(link) is { } open
                    && wanted.Contains((open.Device, open.Inode))
                    && IsForWriting(id, Path.GetFileName(link))
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // ended meanwhile, or another user's
        }
    }

    // "flags:" of /proc/PID/fdinfo/FD is octal; the last two bits are the access mode, 0 for reading (proc(5)).
    private static bool IsForWriting(int id, string descriptor) =>
        File.ReadLines($"{Root}/{id}/fdinfo/{descriptor}")
            .FirstOrDefault(l => l.StartsWith("flags:", StringComparison.Ordinal))
            is [.., '1' or '2' or '5' or '6'];

    [SupportedOSPlatform("linux")]
    private static IEnumerable<RunningProcess> All() =>
        Directory
            .EnumerateDirectories(Root)
            .Select(d =>
                int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var id) ? id : 0
            )
            .Where(id => id > 0)
            .Select(id => new RunningProcess(id, NameOf(id)));

    private static string NameOf(int id)
    {
        try
        {
            return File.ReadAllText($"{Root}/{id}/comm").TrimEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
