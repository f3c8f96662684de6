using System.Globalization;
using Docker.DotNet.Models;

namespace Worktree.Hooks.Platform;

/// <summary>Containers: found by label and by mount, looked into, made, started, stopped and removed.</summary>
internal sealed partial class ContainerEngine
{
    /// <summary>All containers, also stopped ones, that have all these labels (<c>name</c> or <c>name=value</c>).</summary>
    public IReadOnlyList<EngineContainer> Containers(
        CancellationToken cancellation,
        params string[] labels
    )
    {
        var parameters = new ContainersListParameters { All = true, Filters = ByLabel(labels) };
        return
        [
            .. Ask(client.Containers.ListContainersAsync(parameters, cancellation))
                .Select(ToContainer),
        ];
    }

    /// <summary>
    /// The containers that may write to a folder of this machine: a writable mount has it as its source, or a folder
    /// inside or above it. Sources are compared without links.
    /// </summary>
    public IReadOnlyList<EngineContainer> ContainersOn(string path, CancellationToken cancellation)
    {
        var wanted = RealPath.Of(path);
        return
        [
            .. Containers(cancellation)
                .Where(c =>
                    c.Mounts.Any(m => m.IsWritable && Overlap(wanted, RealPath.Of(m.Source)))
                ),
        ];
    }

    /// <summary>The containers that may write to a named volume.</summary>
    public IReadOnlyList<EngineContainer> ContainersOnVolume(
        string volume,
        CancellationToken cancellation
    ) =>
        [
            .. Containers(cancellation)
                .Where(c => c.Mounts.Any(m => m.IsWritable && m.Volume == volume)),
        ];

    /// <summary>Everything about one container, by its id or name.</summary>
    public EngineContainerDetails Inspect(string id, CancellationToken cancellation)
    {
        var found = Ask(client.Containers.InspectContainerAsync(id, cancellation));
        var state = found.State ?? new State();
        return new EngineContainerDetails
        {
            Name = found.Name.TrimStart('/'),
            ImageId = found.Image ?? "",
            User = found.Config?.User ?? "",
            IsRunning = state.Running,
            IsRestarting = state.Restarting,
            ExitCode = state.ExitCode,
            Error = state.Error ?? "",
            StartedAt = DateTimeOffset.TryParse(
                state.StartedAt,
                CultureInfo.InvariantCulture,
                out var startedAt
            )
                ? startedAt
                : default,
            Health = state.Health?.Status is { Length: > 0 } health and not "none" ? health : null,
            HealthCommand = (found.Config?.Healthcheck?.Test).ToCommand(),
            HealthOutput = state.Health?.Log?.LastOrDefault()?.Output?.Trim() ?? "",
            Env = ToEnv(found.Config?.Env),
            Labels = (found.Config?.Labels).ToValues(),
            Mounts = ToMounts(found.Mounts),
            Addresses =
            [
                .. (found.NetworkSettings?.Networks?.Values ?? [])
                    .Select(n => n.IPAddress)
                    .Where(a => !string.IsNullOrEmpty(a)),
            ],
            Ports = ToPorts(found.HostConfig?.PortBindings),
        };
    }

    /// <summary>Makes a container and returns its id; it is not started.</summary>
    public string Create(EngineContainerRequest request, CancellationToken cancellation) =>
        Ask(
            client.Containers.CreateContainerAsync(
                EngineRequests.ToParameters(request),
                cancellation
            )
        ).ID;

    /// <summary>Starts a container; one that runs stays as it is.</summary>
    public void Start(string id, CancellationToken cancellation) =>
        Ask(
            client.Containers.StartContainerAsync(id, new ContainerStartParameters(), cancellation)
        );

    /// <summary>Asks a container to stop, and ends it when it has not after that time.</summary>
    public void Stop(string id, TimeSpan patience, CancellationToken cancellation) =>
        Ask(
            client.Containers.StopContainerAsync(
                id,
                new ContainerStopParameters
                {
                    WaitBeforeKillSeconds = (uint)Math.Ceiling(patience.TotalSeconds),
                },
                cancellation
            )
        );

    /// <summary>Waits for a container's end and returns its exit code.</summary>
    public long Wait(string id, CancellationToken cancellation) =>
        Ask(client.Containers.WaitContainerAsync(id, cancellation)).StatusCode;

    /// <summary>Ends and removes a container and its anonymous volumes; one that is gone is no error.</summary>
    public void Remove(string id, CancellationToken cancellation)
    {
        var parameters = new ContainerRemoveParameters { Force = true, RemoveVolumes = true };
        Ignoring(
            EngineFault.NotFound,
            () => Ask(client.Containers.RemoveContainerAsync(id, parameters, cancellation))
        );
    }

    /// <summary>The bytes of memory that a running container uses, without the cache of files; 0 where it is not told.</summary>
    public long MemoryOf(string id, CancellationToken cancellation)
    {
        ulong used = 0;
        Ask(
            client.Containers.GetContainerStatsAsync(
                id,
                new ContainerStatsParameters { Stream = false, OneShot = true },
                new Direct<ContainerStatsResponse>(stats =>
                {
                    var memory = stats.MemoryStats;
                    var cache =
                        memory?.Stats?.TryGetValue("inactive_file", out var file) == true ? file
                        : memory?.Stats?.TryGetValue("total_inactive_file", out var total) == true
                            ? total
                        : 0;
                    used = Math.Max(memory?.Usage ?? 0, cache) - cache;
                }),
                cancellation
            )
        );
        return (long)used;
    }

    /// <summary>Hands a report on at once, on the thread that has it: Progress would put it off.</summary>
    private sealed class Direct<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
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

    private static Dictionary<string, IDictionary<string, bool>> ByLabel(string[] labels)
    {
        var filters = new Dictionary<string, IDictionary<string, bool>>(StringComparer.Ordinal);
        if (labels.Length > 0)
        {
            filters["label"] = labels.ToDictionary(l => l, _ => true, StringComparer.Ordinal);
        }
        return filters;
    }

    private static bool Overlap(string one, string other) =>
        IsAtOrInside(one, other) || IsAtOrInside(other, one);

    private static bool IsAtOrInside(string path, string folder) =>
        path == folder
        || path.StartsWith(
            folder.EndsWith(Path.DirectorySeparatorChar)
                ? folder
                : folder + Path.DirectorySeparatorChar,
            StringComparison.Ordinal
        );

    private static EngineContainer ToContainer(ContainerListResponse found) =>
        new()
        {
            Id = found.ID,
            Name = found.Names?.FirstOrDefault()?.TrimStart('/') ?? found.ID[..12],
            Image = found.Image,
            State = found.State,
            Labels = found.Labels.ToValues(),
            Mounts = ToMounts(found.Mounts),
            // A port is listed once for IPv4 and once for IPv6.
            Ports =
            [
                .. (found.Ports ?? [])
                    .Where(p => p.PublicPort is > 0)
                    .Select(p => new EnginePort(p.PublicPort!.Value, p.PrivatePort))
                    .Distinct(),
            ],
        };

    private static List<EngineMount> ToMounts(IList<MountPoint>? mounts) =>
        [
            .. (mounts ?? [])
                .Where(m => !string.IsNullOrEmpty(m.Source))
                .Select(m => new EngineMount(
                    m.Type == "volume" ? m.Name : null,
                    m.Source,
                    m.Destination,
                    m.RW
                )),
        ];

    private static List<EnginePort> ToPorts(IDictionary<string, IList<PortBinding>>? bindings) =>
        [
            .. (
                from binding in bindings?.AsEnumerable() ?? []
                from host in binding.Value ?? []
                where int.TryParse(host.HostPort, CultureInfo.InvariantCulture, out _)
                select new EnginePort(
                    int.Parse(host.HostPort, CultureInfo.InvariantCulture),
                    int.Parse(binding.Key.Split('/')[0], CultureInfo.InvariantCulture)
                )
                {
                    IsOnLoopback = host.HostIP is null or "" or "0.0.0.0" or "127.0.0.1",
                }
            ).Distinct(),
        ];

    private static Dictionary<string, string> ToEnv(IList<string>? lines)
    {
        var env = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in lines ?? [])
        {
            var end = line.IndexOf('=', StringComparison.Ordinal);
            env[end < 0 ? line : line[..end]] = end < 0 ? "" : line[(end + 1)..];
        }
        return env;
    }
}
