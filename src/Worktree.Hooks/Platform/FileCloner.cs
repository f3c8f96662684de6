using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Worktree.Hooks.Platform;

/// <summary>How a file's content came to its copy.</summary>
internal enum CopyMethod
{
    /// <summary>Bytes were copied.</summary>
    Copy,

    /// <summary>The file system shares the blocks until one side writes.</summary>
    Reflink,
}

/// <summary>The source of a copy is not the file that was looked at before: somebody changed the folder meanwhile.</summary>
internal sealed class SourceChangedException(string message) : IOException(message);

/// <summary>
/// Copies one regular file with its holes, mode, times (ns) and, for root, its owner. Follows no link and never waits
/// for a FIFO: what is opened must be the file that was scanned.
/// </summary>
internal static class FileCloner
{
    private const int Chunk = 32 << 20;
    private const int Buffer = 1 << 20;

    /// <summary>Copies a file to a path that does not exist yet.</summary>
    /// <param name="from">The source.</param>
    /// <param name="expected">What the scan saw there.</param>
    /// <param name="to">The copy; its folder must exist.</param>
    /// <param name="copied">Is told the bytes as they are done; may throw to stop.</param>
    /// <exception cref="SourceChangedException">The source is another file by now, or gone.</exception>
    /// <exception cref="SourceUnreadableException">The source may not be read.</exception>
    /// <exception cref="IOException">Anything else, such as a full disk (<see cref="PosixError.IsDiskFull"/>).</exception>
    public static CopyMethod Copy(string from, FileStat expected, string to, Action<long> copied)
    {
        if (OperatingSystem.IsWindows())
        {
            File.Copy(from, to); // keeps times and attributes, and clones blocks on ReFS
            copied(expected.Size);
            return CopyMethod.Copy;
        }
        using var source = OpenSource(from, expected);
        if (!OperatingSystem.IsLinux())
        {
            File.Copy(from, to); // clones blocks on APFS
            copied(expected.Size);
            FileMetadata.Apply(to, expected);
            return CopyMethod.Copy;
        }
        using var target = File.OpenHandle(
            to,
            FileMode.CreateNew,
            FileAccess.ReadWrite,
            FileShare.None
        );
        var method = CopyContent(source, target, expected, copied);
        FileMetadata.Apply(target, expected);
        return method;
    }

    /// <summary>True where the file system of <paramref name="folder"/> can share this file's blocks: a trial file is made and deleted.</summary>
    public static bool CanReflink(string file, string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }
        var trial = Path.Combine(folder, ".reflink");
        try
        {
            using var source = File.OpenHandle(file);
            using var target = File.OpenHandle(trial, FileMode.Create, FileAccess.Write);
            return TryReflink(source, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // the copy itself will say what is wrong
        }
        finally
        {
            File.Delete(trial);
        }
    }

    /// <summary>Opens the file that was scanned, and no other.</summary>
    /// <exception cref="SourceChangedException">It is another file by now, or gone.</exception>
    /// <exception cref="SourceUnreadableException">It may not be read.</exception>
    [UnsupportedOSPlatform("windows")]
    public static SafeFileHandle OpenSource(string path, FileStat expected)
    {
        var descriptor = Libc.Open(path, Libc.OpenNonBlocking | Libc.OpenCloseOnExec);
        if (descriptor < 0)
        {
            throw Marshal.GetLastPInvokeError() switch
            {
                Libc.NoEntry or Libc.NotADirectory => new SourceChangedException(
                    $"'{path}' is gone"
                ),
                Libc.PermissionDenied => new SourceUnreadableException(path),
                _ => PosixError.Last($"'{path}'"),
            };
        }
        var opened = new SafeFileHandle(descriptor, ownsHandle: true);
        if (!FileStat.Of(opened).IsSameFile(expected))
        {
            opened.Dispose();
            throw new SourceChangedException($"'{path}' was replaced");
        }
        return opened;
    }

    [SupportedOSPlatform("linux")]
    private static CopyMethod CopyContent(
        SafeFileHandle source,
        SafeFileHandle target,
        FileStat expected,
        Action<long> copied
    )
    {
        if (expected.Size > 0 && TryReflink(source, target))
        {
            copied(expected.Size);
            return CopyMethod.Reflink;
        }
        if (!expected.IsSparse)
        {
            CopyRange(source, target, 0, expected.Size, copied);
            return CopyMethod.Copy;
        }
        CopyDataBetweenHoles(source, target, expected.Size, copied);
        return CopyMethod.Copy;
    }

    [SupportedOSPlatform("linux")]
    private static bool TryReflink(SafeFileHandle source, SafeFileHandle target) =>
        Libc.Control((int)target.DangerousGetHandle(), Libc.CloneFile, source.DangerousGetHandle())
        == 0;

    [SupportedOSPlatform("linux")]
    private static void CopyDataBetweenHoles(
        SafeFileHandle source,
        SafeFileHandle target,
        long size,
        Action<long> copied
    )
    {
        var descriptor = (int)source.DangerousGetHandle();
        RandomAccess.SetLength(target, size);
        for (long at = 0; at < size; )
        {
            var data = Libc.Seek(descriptor, at, Libc.SeekData);
            data = data < 0 ? size : data; // ENXIO: nothing but a hole is left
            var hole = data < size ? Libc.Seek(descriptor, data, Libc.SeekHole) : size;
            hole = hole < 0 ? size : Math.Min(hole, size);
            copied(data - at);
            CopyRange(source, target, data, hole - data, copied);
            at = hole;
        }
    }

    [SupportedOSPlatform("linux")]
    private static void CopyRange(
        SafeFileHandle source,
        SafeFileHandle target,
        long start,
        long length,
        Action<long> copied
    )
    {
        var end = start + length;
        while (start < end)
        {
            long to = start;
            var from = start;
            var done = Libc.CopyRange(
                (int)source.DangerousGetHandle(),
                ref from,
                (int)target.DangerousGetHandle(),
                ref to,
                (nuint)Math.Min(end - start, Chunk),
                0
            );
            if (done <= 0)
            {
                break; // not between these file systems, or the end: reading tells
            }
            start += done;
            copied(done);
        }
        CopyByReading(source, target, start, end, copied);
    }

    private static void CopyByReading(
        SafeFileHandle source,
        SafeFileHandle target,
        long start,
        long end,
        Action<long> copied
    )
    {
        var buffer = start < end ? GC.AllocateUninitializedArray<byte>(Buffer) : [];
        while (start < end)
        {
            var wanted = (int)Math.Min(buffer.Length, end - start);
            var read = RandomAccess.Read(source, buffer.AsSpan(0, wanted), start);
            if (read == 0)
            {
                throw new SourceChangedException("a file became shorter while it was copied");
            }
            RandomAccess.Write(target, buffer.AsSpan(0, read), start);
            start += read;
            copied(read);
        }
    }
}

/// <summary>A file or folder of the source may not be read by this user.</summary>
internal sealed class SourceUnreadableException(string path, Exception? inner = null)
    : Exception(path, inner)
{
    /// <summary>The file or folder.</summary>
    public string Path { get; } = path;
}
