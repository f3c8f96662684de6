using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Docker.DotNet.Handler.Abstractions;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Client;

namespace Worktree.Hooks.Platform;

/// <summary>
/// Carries the client's requests over TLS. The client's own transports do not serve: one speaks TLS 1.2 alone and begins
/// without regard to cancellation, the other cannot end what a command in a container reads; and their package for
/// certificates never compares the host's name. The certificates are its own.
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
            return new HalfClosableStream(stream);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A TLS stream that can end what it writes, and read on.</summary>
    private sealed class HalfClosableStream(SslStream stream) : WriteClosableStream
    {
        public override bool CanCloseWrite => true;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void CloseWrite() => stream.ShutdownAsync().GetAwaiter().GetResult();

        public override void Flush() => stream.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) =>
            stream.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) =>
            stream.Read(buffer, offset, count);

        public override Task<int> ReadAsync(
            byte[] buffer,
            int offset,
            int count,
            CancellationToken cancellationToken
        ) => stream.ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        ) => stream.ReadAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) =>
            stream.Write(buffer, offset, count);

        public override Task WriteAsync(
            byte[] buffer,
            int offset,
            int count,
            CancellationToken cancellationToken
        ) => stream.WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        ) => stream.WriteAsync(buffer, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) =>
            throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                stream.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
