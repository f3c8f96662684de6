using System.Globalization;
using Docker.DotNet.Models;

namespace Worktree.Hooks.Platform;

/// <summary>Turns our records into what the engine's API takes.</summary>
internal static class EngineRequests
{
    private static readonly TimeSpan HealthInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HealthTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The parameters that make a container.</summary>
    public static CreateContainerParameters ToParameters(EngineContainerRequest request)
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
            HostConfig = new HostConfig
            {
                Mounts = [.. request.Mounts.Select(ToMount)],
                PortBindings = new Dictionary<string, IList<PortBinding>>(StringComparer.Ordinal),
                NetworkMode = request.Network!,
                Init = request.Init ? true : null,
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
        foreach (var port in request.Ports)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{port.ContainerPort}/tcp");
            parameters.ExposedPorts[key] = default!;
            parameters.HostConfig.PortBindings[key] =
            [
                new PortBinding { HostPort = port.HostPort.ToString(CultureInfo.InvariantCulture) },
            ];
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
                Timeout = HealthTimeout,
                Retries = 3,
            }
            : null;

    private static Mount ToMount(EngineMount mount) =>
        new()
        {
            Type = mount.Volume is null ? "bind" : "volume",
            Source = mount.Volume ?? mount.Source,
            Target = mount.Target,
            ReadOnly = !mount.IsWritable,
        };

    /// <summary>A map of the API, which leaves an empty one out.</summary>
    public static IReadOnlyDictionary<string, string> ToValues(
        this IDictionary<string, string>? values
    ) =>
        new Dictionary<string, string>(
            values ?? new Dictionary<string, string>(),
            StringComparer.Ordinal
        );
}
