using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// Reads which transactions a copy's recovery will replay: what its server commits itself comes after them. (Records and
/// pages as in xlogrecord.h and xlog_internal.h, the same in PostgreSQL 12 to 18.)
/// </summary>
internal sealed class WalTransactions : IDisposable
{
    private const int Page = 8 << 10; // XLOG_BLCKSZ as everybody builds it; told by each segment's first header
    private const int ShortPageHeader = 24;
    private const int LongPageHeader = 40;
    private const int PageSizeInLongHeader = 36;
    private const int RecordHeader = 24;
    private const int NextTransactionInCheckpoint = RecordHeader + 2 + 24; // behind a short data header
    private const int Looked = NextTransactionInCheckpoint + sizeof(ulong);
    private const byte SegmentSwitch = 0x40;
    private const int Alignment = 8;
    private const int Chunk = 1 << 20;

    private readonly string folder;
    private readonly string first;
    private readonly long segmentBytes;
    private readonly ulong end;
    private readonly byte[] buffer = GC.AllocateUninitializedArray<byte>(Chunk);
    private Microsoft.Win32.SafeHandles.SafeFileHandle? file;
    private ulong fileAt = ulong.MaxValue;
    private ulong bufferAt = ulong.MaxValue;

    private WalTransactions(string folder, string first, string last, long segmentBytes)
    {
        this.folder = folder;
        this.first = first;
        this.segmentBytes = segmentBytes;
        end = WalSegment.StartOf(last, segmentBytes) + (ulong)segmentBytes;
    }

    /// <summary>
    /// The next full transaction id when a recovery has replayed these segments, too low rather than too high; null where
    /// the server was built with pages of another size.
    /// </summary>
    /// <param name="folder">A folder with the segments.</param>
    /// <param name="label">The backup label: where the recovery begins.</param>
    /// <param name="last">The last segment.</param>
    /// <param name="segmentBytes">The size of a segment.</param>
    /// <param name="known">A next full transaction id that the WAL tells too.</param>
    public static ulong? Next(
        string folder,
        string label,
        string last,
        long segmentBytes,
        ulong known
    )
    {
        using var wal = new WalTransactions(folder, WalSegment.FirstOf(label), last, segmentBytes);
        var start = WalSegment.StartOfBackup(label);
        return wal.HasUsualPages(start) ? wal.Walk(start, known) : null;
    }

    public void Dispose() => file?.Dispose();

    private bool HasUsualPages(ulong start)
    {
        var header = ReadPage(start - (start % (ulong)segmentBytes));
        return BitConverter.ToInt32(header[PageSizeInLongHeader..]) == Page;
    }

    private ulong Walk(ulong at, ulong next)
    {
        Span<byte> record = stackalloc byte[Looked];
        ulong? previous = null;
        while (at < end)
        {
            at = SkipPageHeader(at);
            Read(at, record);
            var length = BitConverter.ToUInt32(record);
            // What follows the last record is zeros, or what the file held in a former life.
            if (length < RecordHeader || (previous ?? Previous(record)) != Previous(record))
            {
                break;
            }
            next = Math.Max(next, NextAfter(record, next));
            previous = at;
            at = IsSwitch(record) ? SegmentAfter(at) : Aligned(Advance(at, length));
        }
        return next;
    }

    private static ulong Previous(ReadOnlySpan<byte> record) => BitConverter.ToUInt64(record[8..]);

    private static bool IsOfXlog(ReadOnlySpan<byte> record) => record[17] == 0;

    private static bool IsSwitch(ReadOnlySpan<byte> record) =>
        IsOfXlog(record) && (record[16] & 0xF0) == SegmentSwitch;

    // XLOG_CHECKPOINT_SHUTDOWN is 0x00, XLOG_CHECKPOINT_ONLINE 0x10.
    private static bool IsCheckpoint(ReadOnlySpan<byte> record) =>
        IsOfXlog(record) && (record[16] & 0xF0) is 0x00 or 0x10;

    private static ulong NextAfter(ReadOnlySpan<byte> record, ulong next)
    {
        const uint FirstNormal = 3;
        if (IsCheckpoint(record))
        {
            return BitConverter.ToUInt64(record[NextTransactionInCheckpoint..]);
        }
        var id = BitConverter.ToUInt32(record[4..]);
        var ahead = (int)(id - (uint)next); // the record has the lower half alone
        return id >= FirstNormal && ahead >= 0 ? next + (ulong)ahead + 1 : next;
    }

    private ulong SegmentAfter(ulong at) => ((at / (ulong)segmentBytes) + 1) * (ulong)segmentBytes;

    private static ulong Aligned(ulong at) => (at + Alignment - 1) & ~(ulong)(Alignment - 1);

    private ulong SkipPageHeader(ulong at) => at % Page == 0 ? at + PageHeader(at) : at;

    private ulong PageHeader(ulong page) =>
        page % (ulong)segmentBytes == 0 ? (ulong)LongPageHeader : ShortPageHeader;

    private ulong Advance(ulong at, ulong bytes)
    {
        while (bytes > Page - (at % Page) && at < end)
        {
            bytes -= Page - (at % Page);
            at += Page - (at % Page);
            at += PageHeader(at);
        }
        return at + bytes;
    }

    // A record goes on behind the header of the next page.
    private void Read(ulong at, Span<byte> record)
    {
        record.Clear();
        while (record.Length > 0 && at < end)
        {
            var length = (int)Math.Min((ulong)record.Length, Page - (at % Page));
            ReadPage(at).Slice((int)(at % Page), length).CopyTo(record);
            record = record[length..];
            at = Advance(at, (ulong)length);
            at = SkipPageHeader(at);
        }
    }

    private ReadOnlySpan<byte> ReadPage(ulong at)
    {
        var chunk = at - (at % Chunk);
        if (chunk != bufferAt)
        {
            Open(at - (at % (ulong)segmentBytes));
            buffer.AsSpan().Clear();
            _ = RandomAccess.Read(file!, buffer, (long)(chunk - fileAt));
            bufferAt = chunk;
        }
        return buffer.AsSpan((int)(at - chunk - (at % Page)), Page);
    }

    private void Open(ulong segment)
    {
        if (segment == fileAt)
        {
            return;
        }
        file?.Dispose();
        file = File.OpenHandle(
            Path.Combine(folder, WalSegment.NameAt(segment, first, segmentBytes))
        );
        fileAt = segment;
    }
}
