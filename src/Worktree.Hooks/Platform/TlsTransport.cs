using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Docker.DotNet.Handler.Abstractions;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Client;

namespace Worktree.Hooks.Platform;

/// <summary>
/// Carries the client's requests over TLS, with certificates that are its own. The client's handler itself speaks TLS 1.2
/// alone and begins it without regard to cancellation, and the package for certificates never compares the host's name.
/// </summary>
internal sealed class TlsTransport(EngineTls tls, Uri endpoint)
    : IDockerHandlerFactory<EngineTls>,
        IDisposable
{
    // Of a context alone: the docker command takes its address as one of HTTPS.
    private const int DefaultPort = 443;

    // Set by whichever request is first.
    private volatile bool hasConnected;

    /// <inheritdoc />
    public ResolvedTransport CreateHandler(ResolvedClientOptions clientOptions, ILogger logger) =>
        CreateHandler(tls, clientOptions, logger);

    /// <inheritdoc />
    public ResolvedTransport CreateHandler(
        EngineTls transportOptions,
        ResolvedClientOptions clientOptions,
        ILogger logger
    )
    {
        var port = endpoint.Port > 0 ? endpoint.Port : DefaultPort;
        // TLS is below what the handler sees.
        return new ResolvedTransport(
            new ManagedHandler(Open, logger) { UseProxy = false },
            new UriBuilder(Uri.UriSchemeHttp, endpoint.Host, port).Uri
        );
    }

    /// <inheritdoc />
    public Task<WriteClosableStream> HijackStreamAsync(HttpContent content) =>
        // The same handler carries the requests to a socket.
        Docker.DotNet.Unix.DockerHandlerFactory.Instance.HijackStreamAsync(content);

    /// <summary>
    /// The failure of a request as one of certificates; null where it is none. Since TLS 1.3 an engine refuses a client's
    /// certificate after the handshake, by ending the connection.
    /// </summary>
    /// <param name="e">What a request ended with.</param>
    /// <param name="isFirst">True where the engine has not answered any request yet.</param>
    public EngineException? Refusal(Exception e, bool isFirst)
    {
        var innermost = e;
        var isHandshake = e is AuthenticationException;
        while (innermost.InnerException is { } inner)
        {
            innermost = inner;
            isHandshake |= inner is AuthenticationException;
        }
        if (!isHandshake && !(isFirst && hasConnected))
        {
            return null;
        }
        var means = tls is { IsVerified: true, AuthorityFile: { } file }
            ? $"; its certificate has to be of an authority in '{file}'"
            : "";
        var shown = tls.MissingClientFile is { } missing
            ? $"; it was shown no certificate of yours, as there is no '{missing}'"
            : "";
        return new EngineException(
            EngineFault.UnusableCertificates,
            $"'{endpoint}': {innermost.Message.TrimEnd('.')}{means}{shown}",
            e
        );
    }

    public void Dispose() => tls.Dispose();

    private async Task<Stream> Open(string host, int port, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellation).ConfigureAwait(false);
            hasConnected = true;
            var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream
                .AuthenticateAsClientAsync(tls.OptionsFor(host), cancellation)
                .ConfigureAwait(false);
            return stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
