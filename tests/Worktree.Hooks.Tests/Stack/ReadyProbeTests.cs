using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Tests.Stack;

/// <summary>What a port is asked that answers nothing at all, as behind a firewall.</summary>
public sealed class ReadyProbeTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket first = new(SocketType.Stream, ProtocolType.Tcp);

    [SkippableTheory]
    [InlineData(nameof(ReadyKind.Tcp), "{0}")]
    [InlineData(nameof(ReadyKind.Http), "http://localhost:{0}/")]
    [InlineData(nameof(ReadyKind.Http), "http://127.0.0.1:{0}/")]
    public async Task A_port_that_drops_everything_is_not_ready_and_not_tried_for_two_minutes(
        string kind,
        string value
    )
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "other systems refuse instead of dropping");
        var port = Listen(queue: 0);
        // The queue is full with it.
        first.Connect(IPAddress.Loopback, port);
        using var probe = Probe(kind, value, port);

        Assert.False(await Task.Run(() => probe.IsReady()).WaitAsync(Patience));

        Assert.True(SpinWait.SpinUntil(() => !IsTried(port), Patience / 2));
    }

    [Theory]
    [InlineData(nameof(ReadyKind.Tcp), "{0}")]
    [InlineData(nameof(ReadyKind.Http), "http://localhost:{0}/")]
    public void Who_gives_up_gets_no_for_an_answer(string kind, string value)
    {
        var port = Listen(queue: 5);
        using var probe = Probe(kind, value, port);

        Assert.False(probe.IsReady(new CancellationToken(canceled: true)));
    }

    public void Dispose()
    {
        listener.Dispose();
        first.Dispose();
    }

    private int Listen(int queue)
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(queue);
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    private static ReadyProbe Probe(string kind, string value, int port) =>
        new(
            HostEnvironment.Capture(),
            Enum.Parse<ReadyKind>(kind),
            string.Format(CultureInfo.InvariantCulture, value, port),
            logFile: ""
        );

    // proc(5), "/proc/net/tcp": the third word is where a connection leads, and 02 in the fourth is one that begins.
    private static bool IsTried(int port) =>
        File.ReadLines("/proc/net/tcp")
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(words =>
                words[3] == "02"
                && words[2].EndsWith($":{port:X4}", StringComparison.OrdinalIgnoreCase)
            );
}
