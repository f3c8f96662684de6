using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Worktree.Hooks.Platform;

/// <summary>What a name in a folder stands for.</summary>
internal enum FileKind
{
    File,
    Directory,
    Link,

    /// <summary>A socket, FIFO or device.</summary>
    Other,
}

/// <summary>What the system says about one file, links not followed. Times are nanoseconds since 1970.</summary>
internal sealed record FileStat
{
    public required FileKind Kind { get; init; }

    public ulong Device { get; init; }

    /// <summary>With <see cref="Device"/> the file's identity while it exists; Windows: its creation time stands in.</summary>
    public required ulong Inode { get; init; }

    public required long Size { get; init; }

    /// <summary>What it takes on the disk: less than <see cref="Size"/> where it has holes.</summary>
    public required long Allocated { get; init; }

    public required long Modified { get; init; }

    /// <summary>ctime: also moves where somebody sets the modification time back.</summary>
    public long Changed { get; init; }

    /// <summary>The permission bits; 0 on Windows.</summary>
    public UnixFileMode Mode { get; init; }

    public uint User { get; init; }

    public uint Group { get; init; }

    /// <summary>How many names it has; 1 on Windows.</summary>
    public uint Links { get; init; } = 1;

    /// <summary>True where it has holes: ranges that take no space and read as zeros.</summary>
    public bool IsSparse => Allocated < Size;

    /// <summary>A moment in the unit of a file's times.</summary>
    public static long TimeOf(DateTimeOffset moment) =>
        (moment - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>True for the same file, whatever its name is.</summary>
    public bool IsSameFile(FileStat other) => Inode == other.Inode && Device == other.Device;

    /// <summary>The file at a path; null where there is none.</summary>
    /// <exception cref="UnauthorizedAccessException">A folder on the way may not be entered: nobody knows.</exception>
    /// <exception cref="IOException">The system could not tell.</exception>
    public static FileStat? TryOf(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            return
                Libc.Statx(Libc.CurrentFolder, path, Libc.NoFollow, Libc.BasicStat, out var linux)
                == 0
                ? Of(linux)
                : NullOrThrow(path);
        }
        if (OperatingSystem.IsWindows())
        {
            return OfWindows(path);
        }
        return Libc.LinkStat(path, out var mac) == 0 ? Of(mac) : NullOrThrow(path);
    }

    /// <summary>The file that is open as this descriptor.</summary>
    [UnsupportedOSPlatform("windows")]
    public static FileStat Of(SafeHandle handle)
    {
        var descriptor = (int)handle.DangerousGetHandle();
        if (OperatingSystem.IsLinux())
        {
            return Libc.Statx(descriptor, "", Libc.EmptyPath, Libc.BasicStat, out var linux) == 0
                ? Of(linux)
                : throw PosixError.Last("an open file");
        }
        return Libc.DescriptorStat(descriptor, out var mac) == 0
            ? Of(mac)
            : throw PosixError.Last("an open file");
    }

    /// <summary>The file that a link such as <c>/proc/1/cwd</c> leads to; null where this user may not know (Linux).</summary>
    [SupportedOSPlatform("linux")]
    public static FileStat? TryFollow(string path) =>
        Libc.Statx(Libc.CurrentFolder, path, 0, Libc.BasicStat, out var stat) == 0
            ? Of(stat)
            : null;

    [UnsupportedOSPlatform("windows")]
    private static FileStat? NullOrThrow(string path) =>
        Marshal.GetLastPInvokeError() is Libc.NoEntry or Libc.NotADirectory
            ? null
            : throw PosixError.Last($"'{path}'");

    [UnsupportedOSPlatform("windows")]
    private static FileStat Of(in Libc.LinuxStat stat) =>
        new()
        {
            Kind = KindOf(stat.Mode),
            Device = ((ulong)stat.DeviceMajor << 32) | stat.DeviceMinor,
            Inode = stat.Inode,
            Size = stat.Size,
            Allocated = stat.Blocks * 512,
            Modified = (stat.ModifiedSeconds * 1_000_000_000) + stat.ModifiedNanoseconds,
            Changed = (stat.ChangedSeconds * 1_000_000_000) + stat.ChangedNanoseconds,
            Mode = (UnixFileMode)(stat.Mode & 0xfff),
            User = stat.User,
            Group = stat.Group,
            Links = stat.Links,
        };

    [UnsupportedOSPlatform("windows")]
    private static FileStat Of(in Libc.MacStat stat) =>
        new()
        {
            Kind = KindOf(stat.Mode),
            Device = (ulong)stat.Device,
            Inode = stat.Inode,
            Size = stat.Size,
            Allocated = stat.Blocks * 512,
            Modified = (stat.Modified.Seconds * 1_000_000_000) + stat.Modified.Nanoseconds,
            Changed = (stat.Changed.Seconds * 1_000_000_000) + stat.Changed.Nanoseconds,
            Mode = (UnixFileMode)(stat.Mode & 0xfff),
            User = stat.User,
            Group = stat.Group,
            Links = stat.Links,
        };

    private static FileKind KindOf(ushort mode) =>
        (mode & 0xf000) switch
        {
            0x8000 => FileKind.File,
            0x4000 => FileKind.Directory,
            0xa000 => FileKind.Link,
            _ => FileKind.Other,
        };

    // Windows (not run by our tests).
    private static FileStat? OfWindows(string path)
    {
        FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (!info.Exists)
        {
            return null;
        }
        var size = info is FileInfo file ? file.Length : 0;
        return new FileStat
        {
            Kind =
                info.LinkTarget is not null ? FileKind.Link
                : info is FileInfo ? FileKind.File
                : FileKind.Directory,
            Inode = (ulong)info.CreationTimeUtc.Ticks,
            Size = size,
            Allocated = size,
            Modified = (info.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks * 100,
        };
    }
}
