using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Docker.DotNet;

namespace Worktree.Hooks.Platform;

/// <summary>
/// The one door to a container engine (Docker, Podman). Every request either succeeds or throws an
/// <see cref="EngineException"/>; a request that was cancelled throws <see cref="OperationCanceledException"/>.
/// </summary>
internal sealed partial class ContainerEngine : IDisposable
{
    private static readonly TimeSpan PingTime = TimeSpan.FromSeconds(3);

    private readonly DockerClient client;

    private ContainerEngine(DockerClient client, Uri endpoint)
    {
        this.client = client;
        Endpoint = endpoint;
    }

    /// <summary>Where it is.</summary>
    public Uri Endpoint { get; }

    /// <summary>True where paths and ports of this machine mean nothing to it.</summary>
    public bool IsRemote => EngineEndpoint.IsRemote(Endpoint);

    /// <summary>True where root of a container is this user, as the engine runs without root's rights.</summary>
    public bool IsRootless =>
        Ask(client.System.GetSystemInfoAsync(CancellationToken.None))
            .SecurityOptions?.Contains("name=rootless")
            is true;

    /// <summary>Finds the engine and makes sure that it answers.</summary>
    /// <exception cref="EngineException">There is none, it does not answer, or this user may not use it.</exception>
    public static ContainerEngine Connect(
        HostEnvironment environment,
        CancellationToken cancellation
    )
    {
        var endpoint = EngineEndpoint.Find(environment);
        ContainerEngine engine;
        try
        {
            // Requests carry no version of the API: an old engine refuses a new one, and a new engine an old one.
            engine = new ContainerEngine(
                new DockerClientBuilder()
                    .WithEndpoint(endpoint)
                    .WithTimeout(Timeout.InfiniteTimeSpan)
                    .Build(),
                endpoint
            );
        }
        catch (Exception e)
            when (e
                    is SshDockerEndpointNotSupportedException
                        or DockerConfigurationException
                        or NotSupportedException
                        or ArgumentException
            )
        {
            throw new EngineException(
                EngineFault.UnusableEndpoint,
                $"'{endpoint}' cannot be used: {e.Message}",
                e
            );
        }
        try
        {
            engine.Ping(cancellation);
            return engine;
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    public void Dispose() => client.Dispose();

    private void Ping(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(PingTime);
        try
        {
            Ask(client.System.PingAsync(limit.Token));
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new EngineException(
                EngineFault.Unreachable,
                $"'{Endpoint}' did not answer within {PingTime.TotalSeconds:0} s",
                e
            );
        }
    }

    private void Ask(Task request) => Ask(Answered(request));

    private static async Task<bool> Answered(Task request)
    {
        await request.ConfigureAwait(false);
        return true;
    }

    private T Ask<T>(Task<T> request)
    {
        try
        {
            return request.GetAwaiter().GetResult();
        }
        catch (DockerApiException e)
        {
            var words = EngineWords.Of(e);
            throw new EngineException(EngineWords.FaultOf(e.StatusCode, words), words, e);
        }
        catch (Exception e)
            when (e
                    is HttpRequestException
                        or IOException
                        or SocketException
                        or TimeoutException
                        // A TCP endpoint that nobody listens on.
                        or AggregateException
            )
        {
            throw Unreachable(e);
        }
    }

    private EngineException Unreachable(Exception e)
    {
        var socket = Innermost<SocketException>(e);
        var isDenied = socket?.SocketErrorCode == SocketError.AccessDenied;
        return new EngineException(
            isDenied ? EngineFault.Denied : EngineFault.Unreachable,
            $"'{Endpoint}': {socket?.Message ?? e.Message}",
            e
        );
    }

    private static T? Innermost<T>(Exception? e)
        where T : Exception => e is null or T ? (T?)e : Innermost<T>(e.InnerException);
}

/// <summary>Reads what an engine says when it refuses.</summary>
internal static partial class EngineWords
{
    /// <summary>The engine's own message, out of the JSON around it.</summary>
    public static string Of(DockerApiException e)
    {
        try
        {
            using var document = System.Text.Json.JsonDocument.Parse(e.ResponseBody ?? "");
            if (
                document.RootElement.ValueKind == System.Text.Json.JsonValueKind.Object
                && document.RootElement.TryGetProperty("message", out var message)
            )
            {
                return message.ToString().Trim();
            }
        }
        catch (System.Text.Json.JsonException)
        {
            // Not every proxy in front of an engine answers in JSON.
        }
        return string.IsNullOrWhiteSpace(e.ResponseBody) ? e.Message : e.ResponseBody.Trim();
    }

    /// <summary>
    /// What the refusal was about. The API has status codes for little of it, so the words of Docker and Podman decide.
    /// </summary>
    public static EngineFault FaultOf(HttpStatusCode status, string words) =>
        status switch
        {
            _ when HasAny(words, PortWords) => EngineFault.PortTaken,
            _ when HasAny(words, PoolWords) => EngineFault.AddressPoolsUsedUp,
            _ when HasAny(words, "no space left on device") => EngineFault.DiskFull,
            _ when HasAny(words, ImageWords) => EngineFault.ImageNotFound,
            HttpStatusCode.NotFound => EngineFault.NotFound,
            HttpStatusCode.Conflict when HasAny(words, "already in use", "already exists") =>
                EngineFault.NameTaken,
            _ when HasAny(words, "network with name", "name already in use") =>
                EngineFault.NameTaken,
            _ => EngineFault.Other,
        };

    /// <summary>The host port that a refusal names, as in <c>0.0.0.0:5432</c> or <c>[::]:5432</c>; null where it names none.</summary>
    public static int? PortIn(string words) =>
        HostPort().Match(words) is { Success: true } match
            ? int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture)
            : null;

    [GeneratedRegex(
        @"(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]*\]):(?<port>\d{1,5})\b",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex HostPort();

    private static readonly string[] PortWords =
    [
        "port is already allocated",
        "address already in use",
        "ports are not available",
        "forbidden by its access permissions",
    ];

    private static readonly string[] PoolWords =
    [
        "non-overlapping ipv4 address pool",
        "all predefined address pools have been fully subnetted",
        "pool overlaps with other one",
        "could not find free subnet",
        "is already used on the host or by another config",
    ];

    private static readonly string[] ImageWords =
    [
        "no such image",
        "manifest unknown",
        "pull access denied",
        "repository does not exist",
        "not found: manifest",
    ];

    private static bool HasAny(string text, params string[] words) =>
        words.Any(w => text.Contains(w, StringComparison.OrdinalIgnoreCase));
}
