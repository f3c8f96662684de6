using Docker.DotNet;

namespace Worktree.Hooks.Platform;

/// <summary>
/// Where the engine is, found as the docker command finds it: DOCKER_HOST, the Docker context, the system's own socket;
/// else the sockets of a rootless engine, of Docker Desktop and of Podman.
/// </summary>
internal static class EngineEndpoint
{
    private const string SystemSocket = "/var/run/docker.sock";

    // Of the docker command, where TLS is asked for and nothing says where (docker/cli, opts/hosts.go).
    private static readonly Uri OwnTls = new("tcp://localhost:2376");

    // Of the docker command for a host that is named, with TLS too (docker/cli, opts/hosts.go).
    private const int DefaultPort = 2375;

    // The folders that the docker command reads from variables.
    private static readonly string[] Folders = ["DOCKER_CONFIG", "DOCKER_CERT_PATH"];

    /// <summary>The endpoint; it need not answer.</summary>
    /// <exception cref="EngineException">The context that is set does not exist or cannot be read.</exception>
    public static Uri Find(HostEnvironment environment)
    {
        try
        {
            if (environment.Variable("DOCKER_HOST") is null)
            {
                if (EngineTls.IsAsked(environment) && ContextInUse(environment) is null)
                {
                    return OwnTls;
                }
                if (!IsContextSet(environment) && FirstSocket(environment) is { } socket)
                {
                    return new Uri($"unix://{socket}");
                }
            }
            var found = new DockerConfig(new CliSettings(environment)).GetEndpoint();
            return found is { Scheme: "tcp", Port: < 0 } && ContextInUse(environment) is null
                ? new UriBuilder(found) { Port = DefaultPort }.Uri
                : found;
        }
        catch (Exception e)
            when (e
                    is DockerConfigurationException
                        or UriFormatException
                        or IOException
                        or UnauthorizedAccessException
                        or System.Text.Json.JsonException
            )
        {
            throw new EngineException(EngineFault.UnusableEndpoint, e.Message, e);
        }
    }

    /// <summary>
    /// The environment in which the docker command and its Compose talk to the same engine, whatever folder they run in:
    /// they know the system's own socket, and none of the others.
    /// </summary>
    public static HostEnvironment ForDocker(HostEnvironment environment)
    {
        var led =
            environment.Variable("DOCKER_HOST") is null
            && !EngineTls.IsAsked(environment)
            && !IsContextSet(environment)
            && FirstSocket(environment) is { } socket and not SystemSocket
                ? environment.With("DOCKER_HOST", $"unix://{socket}")
                : environment;
        return Folders.Aggregate(
            led,
            (all, name) =>
                all.Variable(name) is { } value && !Path.IsPathFullyQualified(value)
                    ? all.With(name, Path.GetFullPath(value, all.CurrentDirectory))
                    : all
        );
    }

    /// <summary>True where paths of this machine mean nothing to the engine.</summary>
    public static bool IsRemote(Uri endpoint) =>
        endpoint.Scheme is not ("unix" or "npipe") && !endpoint.IsLoopback;

    /// <summary>An endpoint's address, the same for one engine however it was named: without links of a socket's path.</summary>
    public static string AddressOf(Uri endpoint) =>
        endpoint.Scheme == "unix"
            ? $"unix://{RealPath.Of(endpoint.LocalPath)}"
            : endpoint.ToString().TrimEnd('/');

    /// <summary>The address of an engine on another machine; null where it is on this one, or where nothing says where.</summary>
    public static string? RemoteAddress(HostEnvironment environment) =>
        TryFind(environment) is { } endpoint && IsRemote(endpoint) ? AddressOf(endpoint) : null;

    /// <summary>The address of an engine on this machine; null where it is on another, or where nothing says where.</summary>
    public static string? LocalAddress(HostEnvironment environment) =>
        TryFind(environment) is { } endpoint && !IsRemote(endpoint) ? AddressOf(endpoint) : null;

    private static Uri? TryFind(HostEnvironment environment)
    {
        try
        {
            return Find(environment);
        }
        catch (EngineException)
        {
            return null; // whoever needs the engine says it
        }
    }

    /// <summary>The folder of docker's own configuration.</summary>
    public static string ConfigFolder(HostEnvironment environment) =>
        environment.Variable("DOCKER_CONFIG") is { } folder
            ? Path.GetFullPath(folder, environment.CurrentDirectory)
            : Path.Combine(environment.HomeDirectory, ".docker");

    /// <summary>The Docker context that says where the engine is; null where variables or docker's defaults do.</summary>
    /// <exception cref="System.Text.Json.JsonException">docker's <c>config.json</c> is none.</exception>
    public static string? ContextInUse(HostEnvironment environment)
    {
        if (environment.Variable("DOCKER_HOST") is not null)
        {
            return null;
        }
        var name = environment.Variable("DOCKER_CONTEXT") ?? ConfiguredContext(environment);
        return name is null or "" or "default" ? null : name;
    }

    private static string? ConfiguredContext(HostEnvironment environment)
    {
        var config = new DockerConfig(new CliSettings(environment));
        if (!config.Exists)
        {
            return null;
        }
        using var document = config.Parse();
        return
            document.RootElement.TryGetProperty("currentContext", out var name)
            && name.ValueKind == System.Text.Json.JsonValueKind.String
            ? name.GetString()
            : null;
    }

    /// <summary>True where docker's <c>config.json</c> has a setting, or may have it, as it cannot be read.</summary>
    public static bool IsConfigured(HostEnvironment environment, string setting)
    {
        var file = Path.Combine(ConfigFolder(environment), "config.json");
        try
        {
            return File.Exists(file)
                && File.ReadAllText(file).Contains($"\"{setting}\"", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static bool IsContextSet(HostEnvironment environment) =>
        environment.Variable("DOCKER_CONTEXT") is not null
        || IsConfigured(environment, "currentContext");

    private static string? FirstSocket(HostEnvironment environment)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }
        var runtime = environment.Variable("XDG_RUNTIME_DIR");
        string?[] sockets =
        [
            SystemSocket,
            runtime is null ? null : Path.Combine(runtime, "docker.sock"),
            Path.Combine(environment.HomeDirectory, ".docker", "run", "docker.sock"),
            Path.Combine(environment.HomeDirectory, ".docker", "desktop", "docker.sock"),
            runtime is null ? null : Path.Combine(runtime, "podman", "podman.sock"),
            "/run/podman/podman.sock",
        ];
        return sockets.FirstOrDefault(s => s is not null && Path.Exists(s));
    }

    /// <summary>The variables that the docker command reads, from the environment that was captured.</summary>
    private sealed class CliSettings(HostEnvironment environment) : IDockerCliSettings
    {
        public string DockerConfig => ConfigFolder(environment);

        public string DockerHost => environment.Variable("DOCKER_HOST")!;

        public string DockerTlsVerify => environment.Variable("DOCKER_TLS_VERIFY")!;

        public string DockerContext => environment.Variable("DOCKER_CONTEXT")!;
    }
}
