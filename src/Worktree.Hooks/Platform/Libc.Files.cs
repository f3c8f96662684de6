using System.Runtime.InteropServices;

namespace Worktree.Hooks.Platform;

/// <summary>What copying files needs of the C library beyond .NET: identity, holes, clones, owners, nanoseconds, exchange.</summary>
internal static partial class Libc
{
    public const int NoEntry = 2; // ENOENT
    public const int NotADirectory = 20; // ENOTDIR
    public const int NoSpace = 28; // ENOSPC
    public const int CurrentFolder = -100; // AT_FDCWD (Linux)
    public const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW (Linux)
    public const int EmptyPath = 0x1000; // AT_EMPTY_PATH (Linux)
    public const uint BasicStat = 0x7ff; // STATX_BASIC_STATS
    public const int SeekData = 3; // SEEK_DATA (Linux)
    public const int SeekHole = 4; // SEEK_HOLE (Linux)
    public const nuint CloneFile = 0x40049409; // FICLONE (Linux)

    /// <summary>O_NONBLOCK: opening a FIFO must not wait for a writer.</summary>
    public static int OpenNonBlocking => OperatingSystem.IsMacOS() ? 4 : 0x800;

    /// <summary>EDQUOT: the user's share of the disk is full.</summary>
    public static int QuotaReached => OperatingSystem.IsMacOS() ? 69 : 122;

    [LibraryImport(
        "libc",
        EntryPoint = "statx",
        SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8
    )]
    public static partial int Statx(
        int folder,
        string path,
        int flags,
        uint mask,
        out LinuxStat stat
    );

    [LibraryImport(
        "libc",
        EntryPoint = "lstat",
        SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8
    )]
    public static partial int LinkStat(string path, out MacStat stat);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    public static partial int DescriptorStat(int descriptor, out MacStat stat);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(int descriptor, nuint request, nint argument);

    [LibraryImport("libc", EntryPoint = "copy_file_range", SetLastError = true)]
    public static partial nint CopyRange(
        int from,
        ref long fromOffset,
        int to,
        ref long toOffset,
        nuint length,
        uint flags
    );

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(int descriptor, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    public static partial int ChangeOwner(int descriptor, uint user, uint group);

    [LibraryImport(
        "libc",
        EntryPoint = "lchown",
        SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8
    )]
    public static partial int ChangeOwner(string path, uint user, uint group);

    /// <summary>Sets access and modification time; two of them.</summary>
    [LibraryImport(
        "libc",
        EntryPoint = "utimensat",
        SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8
    )]
    public static partial int SetTimes(
        int folder,
        string path,
        ReadOnlySpan<TimeSpecification> times,
        int flags
    );

    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    public static partial int SetTimes(int descriptor, ReadOnlySpan<TimeSpecification> times);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFileSystem(int descriptor);

    [LibraryImport("libc", EntryPoint = "sync")]
    public static partial void SyncAll();

    [LibraryImport(
        "libc",
        EntryPoint = "renameat2",
        SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8
    )]
    public static partial int Rename(
        int fromFolder,
        string from,
        int toFolder,
        string to,
        uint flags
    );

    /// <summary>renamex_np(2) of macOS.</summary>
    [LibraryImport(
        "libc",
        EntryPoint = "renamex_np",
        SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8
    )]
    public static partial int Rename(string from, string to, uint flags);

    /// <summary>struct timespec on 64-bit systems.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct TimeSpecification(long Seconds, long Nanoseconds);

    /// <summary>struct statx of linux/stat.h: the same on every processor.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct LinuxStat
    {
        [FieldOffset(16)]
        public uint Links;

        [FieldOffset(20)]
        public uint User;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public long Size;

        [FieldOffset(48)]
        public long Blocks;

        [FieldOffset(96)]
        public long ChangedSeconds;

        [FieldOffset(104)]
        public uint ChangedNanoseconds;

        [FieldOffset(112)]
        public long ModifiedSeconds;

        [FieldOffset(120)]
        public uint ModifiedNanoseconds;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }

    /// <summary>struct stat of macOS with 64-bit inodes (not run by our tests).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 144)]
    public struct MacStat
    {
        [FieldOffset(0)]
        public int Device;

        [FieldOffset(4)]
        public ushort Mode;

        [FieldOffset(6)]
        public ushort Links;

        [FieldOffset(8)]
        public ulong Inode;

        [FieldOffset(16)]
        public uint User;

        [FieldOffset(20)]
        public uint Group;

        [FieldOffset(48)]
        public TimeSpecification Modified;

        [FieldOffset(64)]
        public TimeSpecification Changed;

        [FieldOffset(96)]
        public long Size;

        [FieldOffset(104)]
        public long Blocks;
    }
}
