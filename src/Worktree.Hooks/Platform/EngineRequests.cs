using System.Globalization;
using Docker.DotNet.Models;

namespace Worktree.Hooks.Platform;

/// <summary>Turns our records into what the engine's API takes, and back.</summary>
internal static class EngineRequests
{
    // Each check is a process in the container, for as long as it runs; only while it starts are they close together
    // (engines before 25 do not know that).
    private static readonly TimeSpan HealthInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HealthStartInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan HealthTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The parameters that make a container.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="host">The address of this machine as the container sees it; null where it is not to see it.</param>
    public static CreateContainerParameters ToParameters(
        EngineContainerRequest request,
        string? host
    )
    {
        var parameters = new CreateContainerParameters
        {
            Name = request.Name!,
            Image = request.Image,
            User = request.User!,
            Env = [.. request.Env.Select(e => $"{e.Key}={e.Value}")],
            Labels = new Dictionary<string, string>(request.Labels, StringComparer.Ordinal),
            ExposedPorts = new Dictionary<string, EmptyStruct>(StringComparer.Ordinal),
            Healthcheck = HealthCheckOf(request)!,
            StopTimeout = request.StopTimeout,
            HostConfig = new HostConfig
            {
                Mounts = [.. request.Mounts.Select(ToMount)],
                PortBindings = new Dictionary<string, IList<PortBinding>>(StringComparer.Ordinal),
                NetworkMode = request.Network!,
                Init = request.Init ? true : null,
                ExtraHosts = host is null ? null! : [$"host.docker.internal:{host}"],
            },
        };
        if (request.Command.Count > 0)
        {
            parameters.Cmd = [.. request.Command];
        }
        if (request.EntryPoint is { } entryPoint)
        {
            parameters.Entrypoint = [.. entryPoint];
        }
        foreach (var ports in request.Ports.GroupBy(p => (p.ContainerPort, p.Protocol)))
        {
            var key = string.Create(
                CultureInfo.InvariantCulture,
                $"{ports.Key.ContainerPort}/{ports.Key.Protocol}"
            );
            parameters.ExposedPorts[key] = default!;
            parameters.HostConfig.PortBindings[key] = [.. ports.Select(ToBinding)];
        }
        if (request.Network is { } network && request.Aliases.Count > 0)
        {
            parameters.NetworkingConfig = new NetworkingConfig
            {
                EndpointsConfig = new Dictionary<string, EndpointSettings>(StringComparer.Ordinal)
                {
                    [network] = new EndpointSettings { Aliases = [.. request.Aliases] },
                },
            };
        }
        return parameters;
    }

    private static HealthcheckConfig? HealthCheckOf(EngineContainerRequest request) =>
        request.HealthCommand is { } command
            ? new HealthcheckConfig
            {
                Test = ["CMD-SHELL", command],
                Interval = HealthInterval,
                StartInterval = HealthStartInterval,
                StartPeriod = request.HealthStartPeriod,
                Timeout = HealthTimeout,
                Retries = 3,
            }
            : null;

    private static PortBinding ToBinding(EnginePort port) =>
        new() { HostPort = port.HostPort.ToString(CultureInfo.InvariantCulture) };

    private static Mount ToMount(EngineMount mount) =>
        new()
        {
            Type = mount.Volume is null ? "bind" : "volume",
            Source = mount.Volume ?? mount.Source,
            Target = mount.Target,
            ReadOnly = !mount.IsWritable,
        };

    /// <summary>The test of a health check as the engine runs it; empty where there is none.</summary>
    public static IReadOnlyList<string> ToCommand(this IList<string>? test) =>
        test?.ToArray() switch
        {
            ["CMD-SHELL", var text] => ["/bin/sh", "-c", text],
            ["CMD", .. var words] => words,
            _ => [], // NONE
        };

    /// <summary>The variables of an environment, which is a list of lines.</summary>
    public static Dictionary<string, string> ToEnv(IList<string>? lines)
    {
        var env = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in lines ?? [])
        {
            var end = line.IndexOf('=', StringComparison.Ordinal);
            env[end < 0 ? line : line[..end]] = end < 0 ? "" : line[(end + 1)..];
        }
        return env;
    }

    /// <summary>A map of the API, which leaves an empty one out.</summary>
    public static IReadOnlyDictionary<string, string> ToValues(
        this IDictionary<string, string>? values
    ) =>
        new Dictionary<string, string>(
            values ?? new Dictionary<string, string>(),
            StringComparer.Ordinal
        );
}
