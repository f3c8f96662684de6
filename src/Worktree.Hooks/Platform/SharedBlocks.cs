using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Worktree.Hooks.Platform;

/// <summary>Which blocks of a file belong to other files too, as after a reflink (Linux's FIEMAP, linux/fiemap.h).</summary>
internal static class SharedBlocks
{
    private const nuint Request = 0xC020660B; // FS_IOC_FIEMAP
    private const int Header = 32; // struct fiemap
    private const int Extent = 56; // struct fiemap_extent
    private const int Extents = 256;
    private const int LengthIn = 16;
    private const int FlagsIn = 40;
    private const uint Last = 0x1;
    private const uint IsShared = 0x2000;

    /// <summary>What deleting a file would give back: what it takes on the disk less what it shares. All of it where nobody can tell.</summary>
    public static long UniqueOf(string path, FileStat stat)
    {
        if (!OperatingSystem.IsLinux() || stat.Allocated == 0)
        {
            return stat.Allocated;
        }
        try
        {
            using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            return Math.Max(0, stat.Allocated - SharedOf(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return stat.Allocated;
        }
    }

    [SupportedOSPlatform("linux")]
    private static long SharedOf(SafeHandle file)
    {
        var map = new byte[Header + (Extents * Extent)];
        var shared = 0L;
        for (var start = 0UL; ; )
        {
            var count = Ask(file, map, start);
            if (count == 0)
            {
                return shared;
            }
            for (var i = 0; i < count; i++)
            {
                var extent = map.AsSpan(Header + (i * Extent), Extent);
                var length = BinaryPrimitives.ReadUInt64LittleEndian(extent[LengthIn..]);
                var flags = BinaryPrimitives.ReadUInt32LittleEndian(extent[FlagsIn..]);
                start = BinaryPrimitives.ReadUInt64LittleEndian(extent) + length;
                shared += (flags & IsShared) != 0 ? (long)length : 0;
                if ((flags & Last) != 0)
                {
                    return shared;
                }
            }
        }
    }

    // How many extents the system filled in; 0 where the file system cannot tell.
    [SupportedOSPlatform("linux")]
    private static int Ask(SafeHandle file, byte[] map, ulong start)
    {
        Array.Clear(map, 0, Header);
        BinaryPrimitives.WriteUInt64LittleEndian(map, start);
        BinaryPrimitives.WriteUInt64LittleEndian(map.AsSpan(8), ulong.MaxValue - start);
        BinaryPrimitives.WriteUInt32LittleEndian(map.AsSpan(24), Extents);
        var pinned = GCHandle.Alloc(map, GCHandleType.Pinned);
        try
        {
            return
                Libc.Control((int)file.DangerousGetHandle(), Request, pinned.AddrOfPinnedObject())
                == 0
                ? (int)BinaryPrimitives.ReadUInt32LittleEndian(map.AsSpan(20))
                : 0;
        }
        finally
        {
            pinned.Free();
        }
    }
}
