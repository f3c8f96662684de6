using System.Globalization;
using Docker.DotNet.Models;

namespace Worktree.Hooks.Platform;

/// <summary>Commands in containers, and what containers write.</summary>
internal sealed partial class ContainerEngine
{
    /// <summary>Runs a command in a container to its end; it has nothing to read.</summary>
    public EngineExecResult Exec(
        string id,
        IReadOnlyList<string> command,
        CancellationToken cancellation,
        IReadOnlyDictionary<string, string>? env = null
    )
    {
        using var session = Begin(id, command, env, hasInput: false, cancellation);
        var (output, errorOutput) = session.ReadToEnd();
        return new EngineExecResult(session.ExitCode() ?? -1, output, errorOutput);
    }

    /// <summary>Starts a command in a container and keeps its input and output.</summary>
    public EngineSession Attach(
        string id,
        IReadOnlyList<string> command,
        CancellationToken cancellation,
        IReadOnlyDictionary<string, string>? env = null
    ) => Begin(id, command, env, hasInput: true, cancellation);

    private EngineSession Begin(
        string id,
        IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string>? env,
        bool hasInput,
        CancellationToken cancellation
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
                    AttachStdin = hasInput,
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
            this,
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
