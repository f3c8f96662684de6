using System.Runtime.ExceptionServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Worktree.Hooks.Platform;

/// <summary>Makes an older copy of a file equal to its source by writing only the blocks that differ.</summary>
internal static class FilePatch
{
    // PostgreSQL's page, and a multiple of every file system's block.
    private const int Block = 8 << 10;

    // Both sides' chunks stay in a core's cache between reading and comparing.
    private const int Chunk = 128 << 10;

    // What is compared at a time; two at once, as a copy does: one core reads memory slower than it could be read.
    private const long Range = 8 << 20;
    private const int Workers = 2;

    /// <summary>Brings the content, size, mode, times and (for root) owner of a copy to its source's.</summary>
    /// <param name="from">The source.</param>
    /// <param name="expected">What the scan saw there.</param>
    /// <param name="to">The older copy: a plain file with no other name.</param>
    /// <param name="present">What the scan saw there.</param>
    /// <param name="done">Is told the bytes that are equal by now; may throw to stop.</param>
    /// <returns>How many bytes had to be written.</returns>
    /// <exception cref="SourceChangedException">One of the two is another file by now, or the source is gone or shorter.</exception>
    /// <exception cref="IOException">Anything else, such as a full disk.</exception>
    [UnsupportedOSPlatform("windows")]
    public static long Apply(
        string from,
        FileStat expected,
        string to,
        FileStat present,
        Action<long> done
    )
    {
        using var source = FileCloner.OpenSource(from, expected);
        using var target = File.OpenHandle(to, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        if (!FileStat.Of(target).IsSameFile(present))
        {
            throw new SourceChangedException($"'{to}' was replaced");
        }
        var written = WriteDifferences(source, target, expected.Size, done);
        if (present.Size > expected.Size)
        {
            RandomAccess.SetLength(target, expected.Size);
        }
        if (OperatingSystem.IsLinux())
        {
            FileMetadata.Apply(target, expected);
        }
        else
        {
            FileMetadata.Apply(to, expected);
        }
        return written;
    }

    private static long WriteDifferences(
        SafeFileHandle source,
        SafeFileHandle target,
        long size,
        Action<long> done
    )
    {
        var written = 0L;
        try
        {
            Parallel.For(
                0,
                (size + Range - 1) / Range,
                new ParallelOptions { MaxDegreeOfParallelism = Workers },
                index =>
                {
                    var start = index * Range;
                    var end = Math.Min(start + Range, size);
                    var count = WriteDifferences(source, target, start, end, done);
                    Interlocked.Add(ref written, count);
                }
            );
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        return written;
    }

    private static long WriteDifferences(
        SafeFileHandle source,
        SafeFileHandle target,
        long start,
        long end,
        Action<long> done
    )
    {
        var wanted = GC.AllocateUninitializedArray<byte>((int)Math.Min(Chunk, end - start));
        var present = GC.AllocateUninitializedArray<byte>(wanted.Length);
        var written = 0L;
        for (var at = start; at < end; )
        {
            var length = (int)Math.Min(wanted.Length, end - at);
            if (ReadFully(source, wanted.AsSpan(0, length), at) < length)
            {
                throw new SourceChangedException("a file became shorter while it was copied");
            }
            var there = ReadFully(target, present.AsSpan(0, length), at);
            written += WriteBlocks(target, wanted.AsSpan(0, length), present.AsSpan(0, there), at);
            at += length;
            done(length);
        }
        return written;
    }

    // Neighbouring blocks go in one write.
    private static long WriteBlocks(
        SafeFileHandle target,
        ReadOnlySpan<byte> wanted,
        ReadOnlySpan<byte> present,
        long at
    )
    {
        if (wanted.SequenceEqual(present))
        {
            return 0;
        }
        var written = 0L;
        for (var start = 0; start < wanted.Length; )
        {
            var end = start;
            while (end < wanted.Length && !IsSameBlock(wanted, present, end))
            {
                end = Math.Min(end + Block, wanted.Length);
            }
            RandomAccess.Write(target, wanted[start..end], at + start);
            written += end - start;
            start = end + Block; // the block at 'end' is the same, or there is none
        }
        return written;
    }

    private static bool IsSameBlock(
        ReadOnlySpan<byte> wanted,
        ReadOnlySpan<byte> present,
        int start
    )
    {
        var end = Math.Min(start + Block, wanted.Length);
        return present.Length >= end && wanted[start..end].SequenceEqual(present[start..end]);
    }

    private static int ReadFully(SafeFileHandle file, Span<byte> buffer, long at)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            var read = RandomAccess.Read(file, buffer[filled..], at + filled);
            if (read == 0)
            {
                break;
            }
            filled += read;
        }
        return filled;
    }
}
