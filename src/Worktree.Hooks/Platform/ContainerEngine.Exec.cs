using System.Globalization;
using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Worktree.Hooks.Platform;

/// <summary>Commands in containers, and what containers write.</summary>
internal sealed partial class ContainerEngine
{
    /// <summary>Runs a command in a container to its end.</summary>
    public EngineExecResult Exec(
        string id,
        IReadOnlyList<string> command,
        CancellationToken cancellation,
        IReadOnlyDictionary<string, string>? env = null
    )
    {
        using var session = Attach(id, command, cancellation, env);
        session.CloseInput();
        var (output, errorOutput) = session.ReadToEnd();
        return new EngineExecResult(session.ExitCode() ?? -1, output, errorOutput);
    }

    /// <summary>Starts a command in a container and keeps its input and output.</summary>
    public EngineSession Attach(
        string id,
        IReadOnlyList<string> command,
        CancellationToken cancellation,
        IReadOnlyDictionary<string, string>? env = null
    )
    {
        var exec = Ask(
            client.Exec.CreateContainerExecAsync(
                id,
                new ContainerExecCreateParameters
                {
                    Cmd = [.. command],
                    Env =
                    [
                        .. (env ?? new Dictionary<string, string>()).Select(e =>
                            $"{e.Key}={e.Value}"
                        ),
                    ],
                    AttachStdin = true,
                    AttachStdout = true,
                    AttachStderr = true,
                },
                cancellation
            )
        );
        var stream = Ask(
            client.Exec.StartContainerExecAsync(
                exec.ID,
                new ContainerExecStartParameters(),
                cancellation
            )
        );
        return new EngineSession(
            stream,
            () => Ask(client.Exec.InspectContainerExecAsync(exec.ID, cancellation)).ExitCode,
            cancellation
        );
    }

    /// <summary>Hands on what a container wrote, both its streams, line by line, and goes on until it ends if asked to.</summary>
    /// <param name="id">The container.</param>
    /// <param name="line">Told each line.</param>
    /// <param name="wish">How much, and from when.</param>
    /// <param name="cancellation">Ends it.</param>
    public void ReadLogs(
        string id,
        Action<string> line,
        LogWish wish,
        CancellationToken cancellation
    )
    {
        using var logs = Ask(
            client.Containers.GetContainerLogsAsync(id, ToParameters(wish), cancellation)
        );
        using var lines = new LineStream(line);
        Ask(logs.CopyOutputToAsync(Stream.Null, lines, lines, cancellation));
    }

    private static ContainerLogsParameters ToParameters(LogWish wish)
    {
        var parameters = new ContainerLogsParameters
        {
            ShowStdout = true,
            ShowStderr = true,
            Follow = wish.Follow,
            Timestamps = wish.WithTimes,
            Tail = wish.Tail?.ToString(CultureInfo.InvariantCulture) ?? "all",
        };
        if (wish.Since is { } since)
        {
            parameters.Since = ((since - DateTimeOffset.UnixEpoch).Ticks / 10_000_000m).ToString(
                "F7",
                CultureInfo.InvariantCulture
            );
        }
        return parameters;
    }

    /// <summary>The last lines that a container wrote; all of them for null.</summary>
    public IReadOnlyList<string> LastLines(string id, int? lines, CancellationToken cancellation)
    {
        var last = new List<string>();
        ReadLogs(id, last.Add, new LogWish(lines), cancellation);
        return [.. last.Where(l => l.Length > 0)];
    }

    /// <summary>
    /// When a container wrote its last line, by the engine's clock; null where that is before a moment, or the log cannot
    /// be read (<c>logging: { driver: none }</c>).
    /// </summary>
    public DateTimeOffset? LastLineAt(
        string id,
        DateTimeOffset since,
        CancellationToken cancellation
    )
    {
        DateTimeOffset? last = null;
        try
        {
            ReadLogs(
                id,
                line => last = ToMoment(line.Split(' ', 2)[0]),
                new LogWish(1, Since: since, WithTimes: true),
                cancellation
            );
        }
        catch (EngineException e) when (e.Fault == EngineFault.Other)
        {
            return null;
        }
        return last;
    }
}

/// <summary>Which part of a container's log is wanted.</summary>
/// <param name="Tail">How many last lines; null for all.</param>
/// <param name="Follow">True to go on while the container runs.</param>
/// <param name="Since">Nothing that is older; null for no such limit.</param>
/// <param name="WithTimes">True to have each line begin with the time when it was written.</param>
internal sealed record LogWish(
    int? Tail,
    bool Follow = false,
    DateTimeOffset? Since = null,
    bool WithTimes = false
);

/// <summary>A command that runs in a container, with its input and output.</summary>
internal sealed class EngineSession(
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
        stream.WriteAsync(bytes, 0, bytes.Length, cancellation).GetAwaiter().GetResult();
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

    /// <summary>Tells it that nothing more comes.</summary>
    public void CloseInput() => stream.CloseWrite();

    /// <summary>Everything that it still writes.</summary>
    public (string Output, string ErrorOutput) ReadToEnd()
    {
        var (output, errorOutput) = stream
            .ReadOutputToEndAsync(cancellation)
            .GetAwaiter()
            .GetResult();
        return (pending + output, errors + errorOutput);
    }

    /// <summary>Its exit code; null while it runs.</summary>
    public long? ExitCode() => exitCode();

    public void Dispose() => stream.Dispose();

    // A character that is cut in two at a buffer's end stays whole through the decoder.
    private readonly Decoder decoder = Encoding.UTF8.GetDecoder();

    private bool Fill()
    {
        var read = stream
            .ReadOutputAsync(buffer, 0, buffer.Length, cancellation)
            .GetAwaiter()
            .GetResult();
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
