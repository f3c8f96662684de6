using System.Text;
using Docker.DotNet;

namespace Worktree.Hooks.Platform;

/// <summary>
/// A command that runs in a container, with its input and output. As every request, what fails throws an
/// <see cref="EngineException"/>. Its input has no end before the session has: on macOS, TLS reads nothing after what it
/// writes has ended.
/// </summary>
internal sealed class EngineSession(
    ContainerEngine engine,
    MultiplexedStream stream,
    Func<long?> exitCode,
    CancellationToken cancellation
) : IDisposable
{
    private readonly byte[] buffer = new byte[64 * 1024];
    private readonly StringBuilder pending = new();
    private readonly StringBuilder errors = new();

    /// <summary>What it wrote to its error output so far.</summary>
    public string ErrorOutput => errors.ToString();

    /// <summary>Writes a line to its input.</summary>
    public void WriteLine(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        engine.Ask(stream.WriteAsync(bytes, 0, bytes.Length, cancellation));
    }

    /// <summary>The next line of its output; null at its end.</summary>
    public string? ReadLine()
    {
        while (true)
        {
            var text = pending.ToString();
            var end = text.IndexOf('\n', StringComparison.Ordinal);
            if (end >= 0)
            {
                pending.Remove(0, end + 1);
                return text[..end];
            }
            if (!Fill())
            {
                pending.Clear();
                return text.Length > 0 ? text : null;
            }
        }
    }

    /// <summary>Everything that it still writes.</summary>
    public (string Output, string ErrorOutput) ReadToEnd()
    {
        var (output, errorOutput) = engine.Ask(stream.ReadOutputToEndAsync(cancellation));
        return (pending + output, errors + errorOutput);
    }

    /// <summary>Its exit code; null while it runs.</summary>
    public long? ExitCode() => exitCode();

    public void Dispose() => stream.Dispose();

    // A character that is cut in two at a buffer's end stays whole through the decoder.
    private readonly Decoder decoder = Encoding.UTF8.GetDecoder();

    private bool Fill()
    {
        var read = engine.Ask(stream.ReadOutputAsync(buffer, 0, buffer.Length, cancellation));
        if (read.EOF)
        {
            return false;
        }
        if (read.Target == MultiplexedStream.TargetStream.StandardError)
        {
            errors.Append(Encoding.UTF8.GetString(buffer, 0, read.Count));
            return true;
        }
        var characters = new char[decoder.GetCharCount(buffer, 0, read.Count)];
        decoder.GetChars(buffer, 0, read.Count, characters, 0);
        pending.Append(characters);
        return true;
    }
}
