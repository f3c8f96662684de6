using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>Asks a service whether it is ready; each question is answered at once or within two seconds.</summary>
internal sealed class ReadyProbe(
    HostEnvironment environment,
    ReadyKind kind,
    string value,
    string logFile,
    int firstBadStatus = 400
) : IDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SettlingTime = TimeSpan.FromMilliseconds(100);

    private readonly long started = environment.Clock.GetTimestamp();
    private HttpClient? client;

    /// <summary>The machine whose ports are asked; null for this one.</summary>
    public string? Machine { get; init; }

    /// <summary>
    /// How long an engine that accepts connections for the service, also before it listens itself, may take to close one
    /// that leads nowhere; null where there is no such proxy.
    /// </summary>
    public TimeSpan? ClosingTime { get; init; }

    /// <summary>True where the service is ready; an exit is judged by the caller, who knows the process.</summary>
    /// <param name="cancellation">The user gives up: a question that is open is answered by no.</param>
    /// <exception cref="WorktreeHooksException">WTH5004: pg_isready is not installed.</exception>
    public bool IsReady(CancellationToken cancellation = default) =>
        kind switch
        {
            // A command that cannot work ends at once: give it the time to do so.
            ReadyKind.Started => environment.Clock.GetElapsedTime(started) >= SettlingTime,
            ReadyKind.Http => AnswersHttp(cancellation),
            ReadyKind.Tcp => AcceptsConnection(cancellation),
            ReadyKind.PgIsReady => PostgresAccepts(),
            ReadyKind.Log => LogMatches(),
            _ => false,
        };

    /// <summary>What is being waited for, for a message.</summary>
    public static string Describe(ReadyKind kind, string value) =>
        kind switch
        {
            ReadyKind.Http => $"an answer from {value}",
            ReadyKind.Tcp => $"a connection on port {value}",
            ReadyKind.PgIsReady => $"pg_isready on port {value}",
            ReadyKind.Log => $"a line like '{value}' in its log",
            ReadyKind.Exit => $"its end with exit code {value}",
            _ => "its start",
        };

    public void Dispose() => client?.Dispose();

    private bool AnswersHttp(CancellationToken cancellation)
    {
        client ??= CreateClient();
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, value);
            using var response = client.Send(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                cancellation
            );
            return (int)response.StatusCode < firstBadStatus;
        }
        catch (Exception e)
            when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return false;
        }
    }

    // The name is in the request and in the TLS handshake; *.localhost itself does not resolve in .NET, so we connect
    // to this machine. Certificates are for browsers to judge.
    private HttpClient CreateClient()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            // A connection is made for whichever request is next, and does not end with the one that wanted it.
            ConnectTimeout = AnswerTime,
            ConnectCallback = (context, cancellation) =>
                ConnectAsync(context.DnsEndPoint, cancellation),
            SslOptions = new SslClientAuthenticationOptions
            {
#pragma warning disable CA5359 // a development certificate need not be trusted for the service to be ready
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
            },
        };
        return new HttpClient(handler) { Timeout = AnswerTime };
    }

    private async ValueTask<Stream> ConnectAsync(
        DnsEndPoint endPoint,
        CancellationToken cancellation
    )
    {
        var isLocal =
            endPoint.Host is "localhost"
            || endPoint.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
        var socket = isLocal
            ? await ConnectTo(endPoint.Port, cancellation)
            : await Connect(endPoint, cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private bool AcceptsConnection(CancellationToken cancellation)
    {
        // Behind a firewall that drops what it does not let in, the system would try for two minutes.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerTime);
        try
        {
            var port = int.Parse(value, CultureInfo.InvariantCulture);
            using var socket = ConnectTo(port, limit.Token).GetAwaiter().GetResult();
            // Readable without a byte: closed by the other side.
            return ClosingTime is not { } time
                || !socket.Poll(time, SelectMode.SelectRead)
                || socket.Available > 0;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<Socket> ConnectTo(int port, CancellationToken cancellation)
    {
        if (Machine is { } machine)
        {
            return await Connect(new DnsEndPoint(machine, port), cancellation);
        }
        try
        {
            return await Connect(new IPEndPoint(IPAddress.Loopback, port), cancellation);
        }
        catch (SocketException)
        {
            return await Connect(new IPEndPoint(IPAddress.IPv6Loopback, port), cancellation);
        }
    }

    private static async Task<Socket> Connect(EndPoint endPoint, CancellationToken cancellation)
    {
        var socket =
            endPoint is IPEndPoint
                ? new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
                : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(endPoint, cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool PostgresAccepts()
    {
        try
        {
            string[] arguments = ["--quiet", "--host=127.0.0.1", $"--port={value}", "--timeout=2"];
            return ChildProcess
                    .Run(environment, environment.CurrentDirectory, "pg_isready", arguments)
                    .ExitCode == 0;
        }
        catch (Win32Exception e)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.CommandNotFound,
                $"'pg_isready' cannot be started: {e.Message}. Install PostgreSQL's client programs, or use "
                    + "\"ready\": { \"tcp\": … } in worktree.json.",
                e
            );
        }
    }

    private bool LogMatches()
    {
        if (!File.Exists(logFile))
        {
            return false;
        }
        using var stream = new FileStream(
            logFile,
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete
        );
        using var reader = new StreamReader(stream);
        try
        {
            return Regex.IsMatch(reader.ReadToEnd(), value, RegexOptions.Multiline, AnswerTime);
        }
        catch (RegexMatchTimeoutException)
        {
            return false; // as with every other check, the service's own time limit decides
        }
    }
}
