namespace Worktree.Hooks.Platform;

/// <summary>A mount of a container.</summary>
/// <param name="Volume">The volume's name, or null for a bind mount.</param>
/// <param name="Source">The folder on the engine's machine.</param>
/// <param name="Target">The path in the container.</param>
/// <param name="IsWritable">False where the container only reads.</param>
internal sealed record EngineMount(string? Volume, string Source, string Target, bool IsWritable);

/// <summary>An image.</summary>
/// <param name="Id">The hash of its content.</param>
/// <param name="Volumes">The folders of a container of it that the image keeps out of it (<c>VOLUME</c>): absolute paths.</param>
internal sealed record EngineImage(string Id, IReadOnlyList<string> Volumes);

/// <summary>A port of a container that is published.</summary>
/// <param name="HostPort">The port on the engine's machine.</param>
/// <param name="ContainerPort">The port in the container.</param>
internal sealed record EnginePort(int HostPort, int ContainerPort)
{
    /// <summary>True where the engine's machine reaches it at 127.0.0.1: published on that address or on all.</summary>
    public bool IsOnLoopback { get; init; } = true;

    /// <summary><c>tcp</c>, <c>udp</c> or <c>sctp</c>: one number may be published once for each.</summary>
    public string Protocol { get; init; } = Tcp;

    /// <summary>The protocol of a port that names none.</summary>
    public const string Tcp = "tcp";
}

/// <summary>A container as a list shows it.</summary>
internal sealed record EngineContainer
{
    /// <summary>The engine's id.</summary>
    public required string Id { get; init; }

    /// <summary>Its name, without a slash.</summary>
    public required string Name { get; init; }

    /// <summary>The image that it was made from.</summary>
    public required string Image { get; init; }

    /// <summary><c>running</c>, <c>created</c>, <c>exited</c>, <c>paused</c>, <c>restarting</c>, <c>dead</c>.</summary>
    public required string State { get; init; }

    /// <summary>Its labels.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>Its mounts.</summary>
    public required IReadOnlyList<EngineMount> Mounts { get; init; }

    /// <summary>The ports that it publishes now; none while it does not run.</summary>
    public required IReadOnlyList<EnginePort> Ports { get; init; }

    /// <summary>True where processes of it may run.</summary>
    public bool IsRunning => Runs(State);

    /// <summary>True for a <see cref="State"/> in which processes may run.</summary>
    public static bool Runs(string state) => state is "running" or "paused" or "restarting";

    /// <summary>The value of a label, or null.</summary>
    public string? Label(string name) => Labels.GetValueOrDefault(name);

    /// <summary><c>'shop-db-1' (postgres:15)</c>, for a message.</summary>
    public override string ToString() => $"'{Name}' ({Image})";
}

/// <summary>What the engine knows of one container.</summary>
internal sealed record EngineContainerDetails
{
    /// <summary>Its name, without a slash.</summary>
    public required string Name { get; init; }

    /// <summary>The id of the image that it was made from.</summary>
    public required string ImageId { get; init; }

    /// <summary>The user that it runs as, as the image or the request names it; empty for root.</summary>
    public required string User { get; init; }

    /// <summary>True while it runs.</summary>
    public required bool IsRunning { get; init; }

    /// <summary>True where it ended and waits to be started again by the engine, which counts as running.</summary>
    public required bool IsRestarting { get; init; }

    /// <summary>The exit code of one that has ended.</summary>
    public required long ExitCode { get; init; }

    /// <summary>Why it could not be started, in the engine's words; empty where it could.</summary>
    public required string Error { get; init; }

    /// <summary>When it was started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When its run before this one ended, or, where it does not run, its last; the default where none did.</summary>
    public DateTimeOffset FinishedAt { get; init; }

    /// <summary><c>starting</c>, <c>healthy</c>, <c>unhealthy</c>; null where it has no health check.</summary>
    public required string? Health { get; init; }

    /// <summary>The command that tells whether it is healthy, as it is run; empty where there is none.</summary>
    public required IReadOnlyList<string> HealthCommand { get; init; }

    /// <summary>What the last health check wrote; empty where there was none.</summary>
    public required string HealthOutput { get; init; }

    /// <summary>Its environment.</summary>
    public required IReadOnlyDictionary<string, string> Env { get; init; }

    /// <summary>Its labels.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>Its mounts.</summary>
    public required IReadOnlyList<EngineMount> Mounts { get; init; }

    /// <summary>Its addresses in the networks that it is in; none while it does not run.</summary>
    public required IReadOnlyList<string> Addresses { get; init; }

    /// <summary>The ports that it publishes, or will when it runs; those that the engine is to choose are left out.</summary>
    public required IReadOnlyList<EnginePort> Ports { get; init; }
}

/// <summary>A container to be made.</summary>
internal sealed record EngineContainerRequest
{
    /// <summary>Its image, or the image's id.</summary>
    public required string Image { get; init; }

    /// <summary>Its name; null leaves it to the engine.</summary>
    public string? Name { get; init; }

    /// <summary>Its command; empty for the image's own.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>The program in front of the command; null for the image's own.</summary>
    public IReadOnlyList<string>? EntryPoint { get; init; }

    /// <summary>How long a stop waits for it: Docker's own time, as Podman 4 kills at once where none is named, also a database.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Its environment, on top of the image's.</summary>
    public IReadOnlyDictionary<string, string> Env { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Its mounts; the volumes among them exist.</summary>
    public IReadOnlyList<EngineMount> Mounts { get; init; } = [];

    /// <summary>The ports that it publishes.</summary>
    public IReadOnlyList<EnginePort> Ports { get; init; } = [];

    /// <summary>The network that it joins, or <c>none</c>; null for the engine's default.</summary>
    public string? Network { get; init; }

    /// <summary>Its names in that network.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The user that it runs as; null for the image's.</summary>
    public string? User { get; init; }

    /// <summary>True for a process 1 that hands signals on and reaps children.</summary>
    public bool Init { get; init; }

    /// <summary>A command of the shell that tells whether it is healthy; null for the image's own check.</summary>
    public string? HealthCommand { get; init; }

    /// <summary>How long a failed health check is no verdict, as the container may still be starting.</summary>
    public TimeSpan HealthStartPeriod { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>True where the container is to find this machine under the name <c>host.docker.internal</c>.</summary>
    public bool SeesHost { get; init; }
}

/// <summary>What a command in a container left.</summary>
internal sealed record EngineExecResult(long ExitCode, string Output, string ErrorOutput);

/// <summary>A network or a volume.</summary>
/// <param name="Id">What it is removed by: an engine may have two networks of one name.</param>
/// <param name="Name">Its name.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Subnets">The address ranges of a network; none for a volume.</param>
internal sealed record EngineResource(
    string Id,
    string Name,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyList<string> Subnets
);
