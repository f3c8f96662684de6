using Docker.DotNet.Models;

namespace Worktree.Hooks.Platform;

/// <summary>Containers: made, started, stopped and removed.</summary>
internal sealed partial class ContainerEngine
{
    private const string HostGateway = "host-gateway";

    private static readonly System.Version FirstWithHostGateway = new(4, 7);

    /// <summary>Makes a container and returns its id; it is not started.</summary>
    public string Create(EngineContainerRequest request, CancellationToken cancellation) =>
        Ask(
            client.Containers.CreateContainerAsync(
                EngineRequests.ToParameters(
                    request,
                    request.SeesHost ? HostIn(request.Network, cancellation) : null
                ),
                cancellation
            )
        ).ID;

    // Podman before 4.7 does not know the word; in its networks the gateway is this machine.
    private string HostIn(string? network, CancellationToken cancellation)
    {
        if (network is null || podman.Value is not { } version || version >= FirstWithHostGateway)
        {
            return HostGateway;
        }
        var found = Ask(client.Networks.InspectNetworkAsync(network, cancellation));
        return found.IPAM?.Config?.FirstOrDefault()?.Gateway is { Length: > 0 } gateway
            ? gateway
            : HostGateway;
    }

    /// <summary>Starts a container; one that runs stays as it is.</summary>
    public void Start(string id, CancellationToken cancellation) =>
        Ask(
            client.Containers.StartContainerAsync(id, new ContainerStartParameters(), cancellation)
        );

    /// <summary>
    /// Asks a container to stop, and ends it when it has not after that time; null is the time that it was made with. One
    /// that is gone is no error.
    /// </summary>
    public void Stop(string id, TimeSpan? patience, CancellationToken cancellation)
    {
        var parameters = new ContainerStopParameters
        {
            WaitBeforeKillSeconds = patience is { } most
                ? (uint)Math.Ceiling(most.TotalSeconds)
                : null,
        };
        Ignoring(
            EngineFault.NotFound,
            () => Ask(client.Containers.StopContainerAsync(id, parameters, cancellation))
        );
    }

    /// <summary>Waits for a container's end and returns its exit code.</summary>
    public long Wait(string id, CancellationToken cancellation) =>
        Ask(client.Containers.WaitContainerAsync(id, cancellation)).StatusCode;

    /// <summary>Ends and removes a container and, where that is wanted, its anonymous volumes; one that is gone is no error.</summary>
    public void Remove(string id, CancellationToken cancellation, bool withVolumes = true)
    {
        if (IsPodman)
        {
            End(id, cancellation);
        }
        var parameters = new ContainerRemoveParameters
        {
            Force = true,
            RemoveVolumes = withVolumes,
        };
        Ignoring(
            EngineFault.NotFound,
            () => Ask(client.Containers.RemoveContainerAsync(id, parameters, cancellation))
        );
    }

    // Podman would ask it to stop and wait first, even when told to remove it by force.
    private void End(string id, CancellationToken cancellation)
    {
        try
        {
            AskWithin(
                AnswerTime,
                token =>
                    Answered(
                        client.Containers.KillContainerAsync(
                            id,
                            new ContainerKillParameters(),
                            token
                        )
                    ),
                cancellation
            );
        }
        catch (EngineException)
        {
            // It does not run; or the removal says what is wrong.
        }
    }

    private static void Ignoring(EngineFault fault, Action request)
    {
        try
        {
            request();
        }
        catch (EngineException e) when (e.Fault == fault)
        {
            // It is as the caller wants it.
        }
    }
}
