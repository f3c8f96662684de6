using Docker.DotNet;

namespace Worktree.Hooks.Platform;

/// <summary>
/// The one door to a container engine (Docker, Podman). Every request either succeeds or throws an
/// <see cref="EngineException"/>; a request that was cancelled throws <see cref="OperationCanceledException"/>.
/// </summary>
internal sealed partial class ContainerEngine : IDisposable
{
    private static readonly TimeSpan PingTime = TimeSpan.FromSeconds(3);

    // Podman starts several programs before it tells its version.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);

    // Before, its rights are told by its socket alone (https://github.com/containers/podman/pull/18208).
    private static readonly Version FirstThatTellsRootless = new(4, 6);

    private readonly DockerClient client;
    private readonly TlsTransport? tls;
    private bool hasAnswered;
    private readonly Answer<Docker.DotNet.Models.SystemInfoResponse> info;
    private readonly Answer<Version> podman;

    private ContainerEngine(DockerClientBuilder builder, Uri endpoint, EngineTls? certificates)
    {
        tls = certificates is null ? null : new TlsTransport(certificates, endpoint);
        client = tls is null
            ? builder.Build()
            : builder.WithTransportOptions(tls, certificates!).Build();
        Endpoint = endpoint;
        info = new(() => Told(client.System.GetSystemInfoAsync));
        podman = new(FindPodman);
    }

    /// <summary>Where it is.</summary>
    public Uri Endpoint { get; }

    /// <summary>The same, one text for one engine, to be remembered.</summary>
    public string Address => EngineEndpoint.AddressOf(Endpoint);

    /// <summary>True where paths and ports of this machine mean nothing to it.</summary>
    public bool IsRemote => EngineEndpoint.IsRemote(Endpoint);

    /// <summary>The other machine that has the ports of its containers; null where that is this one.</summary>
    public string? Machine => IsRemote ? Endpoint.Host : null;

    /// <summary>True where root of a container is this user, as the engine runs without root's rights.</summary>
    public bool IsRootless =>
        (HasOwnSocket && podman.Value is { } version && version < FirstThatTellsRootless)
        || (MayBeRootless && info.Value?.SecurityOptions?.Contains("name=rootless") is true);

    /// <summary>True for Podman, whose interface is Docker's but for a few habits.</summary>
    public bool IsPodman => podman.Value is not null;

    /// <summary>Finds the engine and makes sure that it answers.</summary>
    /// <exception cref="EngineException">There is none, it does not answer, this user may not use it, or TLS fails.</exception>
    public static ContainerEngine Connect(
        HostEnvironment environment,
        CancellationToken cancellation
    )
    {
        var endpoint = EngineEndpoint.Find(environment);
        var certificates = EngineTls.Find(environment, endpoint);
        ContainerEngine engine;
        try
        {
            // Requests carry no version of the API: an old engine refuses a new one, and a new engine an old one.
            engine = new ContainerEngine(
                new DockerClientBuilder()
                    .WithEndpoint(endpoint)
                    .WithTimeout(Timeout.InfiniteTimeSpan),
                endpoint,
                certificates
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
            certificates?.Dispose();
            throw new EngineException(
                EngineFault.UnusableEndpoint,
                $"'{endpoint}' cannot be used: {e.Message}",
                e
            );
        }
        try
        {
            engine.Ping(cancellation);
            engine.hasAnswered = true;
            return engine;
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        client.Dispose();
        tls?.Dispose();
    }

    // The socket of an engine with root's rights is root's.
    private bool MayBeRootless =>
        OperatingSystem.IsWindows() || Endpoint.Scheme != "unix" || HasOwnSocket;

    private bool HasOwnSocket =>
        !OperatingSystem.IsWindows()
        && Endpoint.Scheme == "unix"
        && Libc.GetEffectiveUserId() is > 0 and var me
        && FileStat.TryOf(RealPath.Of(Endpoint.LocalPath))?.User == me;

    private Version? FindPodman()
    {
        var version = Told(client.System.GetVersionAsync)
            ?.Components?.FirstOrDefault(c =>
                c.Name?.StartsWith("Podman", StringComparison.Ordinal) == true
            )
            ?.Version;
        return version is null ? null
            : Version.TryParse(version.Split('-')[0], out var known) ? known
            : new Version();
    }

    // A proxy in front of an engine may refuse to tell.
    private T? Told<T>(Func<CancellationToken, Task<T>> request)
        where T : class
    {
        try
        {
            return AskWithin(AnswerTime, request, CancellationToken.None);
        }
        catch (EngineException e) when (e.Fault is EngineFault.Other or EngineFault.NotFound)
        {
            return null;
        }
    }

    private void Ping(CancellationToken cancellation) =>
        AskWithin(PingTime, token => Answered(client.System.PingAsync(token)), cancellation);

    /// <summary>What an engine tells of itself: asked once, by one thread; a failure is not kept.</summary>
    private sealed class Answer<T>(Func<T?> ask)
        where T : class
    {
        private readonly Lock gate = new();
        private bool isKnown;
        private T? value;

        public T? Value
        {
            get
            {
                lock (gate)
                {
                    if (!isKnown)
                    {
                        value = ask();
                        isKnown = true;
                    }
                    return value;
                }
            }
        }
    }
}
