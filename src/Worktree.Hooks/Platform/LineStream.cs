using System.Text;

namespace Worktree.Hooks.Platform;

/// <summary>A stream to write to that hands on whole lines of UTF-8; what is left without an end goes when it is disposed.</summary>
internal sealed class LineStream(Action<string> line) : Stream
{
    private readonly List<byte> pending = [];

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.IndexOf((byte)'\n') is >= 0 and var end)
        {
            pending.AddRange(buffer[..end]);
            HandOn();
            buffer = buffer[(end + 1)..];
        }
        pending.AddRange(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) =>
        Write(buffer.AsSpan(offset, count));

    public override Task WriteAsync(
        byte[] buffer,
        int offset,
        int count,
        CancellationToken cancellationToken
    )
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer,
        CancellationToken cancellationToken = default
    )
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
        // a line is handed on at its end, and not before
    }

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && pending.Count > 0)
        {
            HandOn();
        }
        base.Dispose(disposing);
    }

    private void HandOn()
    {
        var text = Encoding.UTF8.GetString([.. pending]);
        pending.Clear();
        line(text.TrimEnd('\r'));
    }
}
