using System.Net;
using System.Net.Sockets;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Platform;

public class PortProbeTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::")]
    public void A_listener_on_any_address_is_seen(string address)
    {
        using var holder = new TcpListener(IPAddress.Parse(address), 0);
        holder.Start();
        var port = ((IPEndPoint)holder.LocalEndpoint).Port;

        Assert.Equal(PortState.Busy, PortProbe.Probe(port));
    }

    [Fact]
    public void Two_probes_that_are_held_open_do_not_get_the_same_port()
    {
        using var first = PortProbe.Listen(0);
        var port = ((IPEndPoint)first.LocalEndPoint!).Port;

        Assert.Equal(PortState.Busy, PortProbe.Probe(port));
        Assert.Throws<SocketException>(() => PortProbe.Listen(port));
    }
}
