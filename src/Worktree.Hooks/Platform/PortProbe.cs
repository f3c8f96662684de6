using System.Net;
using System.Net.Sockets;

namespace Worktree.Hooks.Platform;

/// <summary>What a probe of a TCP port found.</summary>
internal enum PortState
{
    /// <summary>Nobody listens on it, on any address of this machine.</summary>
    Free,

    /// <summary>Somebody listens on it.</summary>
    Busy,

    /// <summary>This user may not listen on it (a privileged port): that is not "busy".</summary>
    Denied,
}

/// <summary>
/// Asks the system whether a port is free by listening on it: one dual-mode <c>[::]</c> socket sees holders on every
/// IPv4 and IPv6 address; a bind without a listen would not, as .NET sets SO_REUSEADDR on Unix.
/// </summary>
internal static class PortProbe
{
    /// <summary>Probes one port, 1–65535. The socket is closed again at once.</summary>
    public static PortState Probe(int port)
    {
        try
        {
            using var socket = Listen(port);
            return PortState.Free;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.AccessDenied
                ? PortState.Denied
                : PortState.Busy;
        }
    }

    /// <summary>A listening socket on every address, for as long as the caller keeps it.</summary>
    /// <exception cref="SocketException">The port is busy or denied.</exception>
    public static Socket Listen(int port)
    {
        var family = Socket.OSSupportsIPv6
            ? AddressFamily.InterNetworkV6
            : AddressFamily.InterNetwork;
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (family == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = true;
            }
            if (OperatingSystem.IsWindows())
            {
                socket.ExclusiveAddressUse = true;
            }
            socket.Bind(
                new IPEndPoint(
                    family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any,
                    port
                )
            );
            socket.Listen(1);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
