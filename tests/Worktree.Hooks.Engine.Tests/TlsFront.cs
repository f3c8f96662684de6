using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>
/// The engine behind TLS that lets in only whom its authority vouches for, as dockerd does with <c>--tlsverify</c>.
/// </summary>
internal sealed class TlsFront : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly string socket;
    private readonly SslServerAuthenticationOptions options;

    /// <param name="socket">The engine's socket.</param>
    /// <param name="server">What it shows.</param>
    /// <param name="authority">Whose clients it lets in.</param>
    /// <param name="protocols">The versions of TLS that it speaks.</param>
    public TlsFront(
        string socket,
        X509Certificate2 server,
        X509Certificate2 authority,
        SslProtocols protocols = SslProtocols.None
    )
    {
        this.socket = socket;
        options = new SslServerAuthenticationOptions
        {
            ServerCertificate = server,
            ClientCertificateRequired = true,
            EnabledSslProtocols = protocols,
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                CustomTrustStore = { authority },
            },
        };
        listener.Start();
        _ = Serve();
    }

    private readonly List<Socket> clients = [];

    /// <summary>Where it is.</summary>
    public string Address => $"tcp://{listener.LocalEndpoint}";

    /// <summary>In how many connections it was asked for something: a client may break off once it has been let in.</summary>
    public int Asked => asked;

    private int asked;

    /// <summary>Breaks all connections; later ones are let in.</summary>
    public void Cut()
    {
        lock (clients)
        {
            foreach (var client in clients)
            {
                // Closed so, a connection is reset.
                client.Close(timeout: 0);
            }
            clients.Clear();
        }
    }

    public void Dispose() => listener.Dispose();

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                _ = Relay(await listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Relay(TcpClient client)
    {
        using var _ = client;
        lock (clients)
        {
            clients.Add(client.Client);
        }
        await using var stream = new SslStream(client.GetStream());
        using var engine = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.IP);
        try
        {
            await stream.AuthenticateAsServerAsync(options);
            var first = new byte[1024];
            var read = await stream.ReadAsync(first);
            if (read == 0)
            {
                return;
            }
            Interlocked.Increment(ref asked);
            await engine.ConnectAsync(new UnixDomainSocketEndPoint(socket));
            await using var inner = new NetworkStream(engine);
            var up = Up();
            await inner.CopyToAsync(stream);
            await stream.ShutdownAsync();

            async Task Up()
            {
                await inner.WriteAsync(first.AsMemory(0, read));
                await stream.CopyToAsync(inner);
                engine.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception e)
            when (e
                    is AuthenticationException
                        or IOException
                        or SocketException
                        or ObjectDisposedException
            )
        {
            // The client is told by the end of its connection.
        }
    }
}
