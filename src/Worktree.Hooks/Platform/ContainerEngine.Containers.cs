using System.Globalization;
using Docker.DotNet.Models;

namespace Worktree.Hooks.Platform;

/// <summary>Containers: found by label and by mount, and looked into.</summary>
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
                .Select(ToContainer)
                .Where(c => HasAll(c.Labels, labels)),
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
            IsRunning = state.Running || StateOf(state.Status ?? "") == "running",
            IsRestarting = state.Restarting,
            ExitCode = state.ExitCode,
            Error = state.Error ?? "",
            StartedAt = ToMoment(state.StartedAt),
            FinishedAt = ToMoment(state.FinishedAt),
            Health = state.Health?.Status is { Length: > 0 } health and not "none" ? health : null,
            HealthCommand = (found.Config?.Healthcheck?.Test).ToCommand(),
            HealthOutput = state.Health?.Log?.LastOrDefault()?.Output?.Trim() ?? "",
            Env = EngineRequests.ToEnv(found.Config?.Env),
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

    /// <summary>The bytes of memory that a running container uses, without the cache of files; 0 where it is not told.</summary>
    public long MemoryOf(string id, CancellationToken cancellation)
    {
        // A rootless engine may have no control groups, and tells the numbers of the whole machine then.
        if (HasOwnSocket && !IsPodman && info.Value?.CgroupDriver == "none")
        {
            return 0;
        }
        ulong used = 0;
        try
        {
            Ask(
                client.Containers.GetContainerStatsAsync(
                    id,
                    new ContainerStatsParameters { Stream = false, OneShot = true },
                    new Direct<ContainerStatsResponse>(stats =>
                    {
                        var memory = stats.MemoryStats;
                        var cache =
                            memory?.Stats?.TryGetValue("inactive_file", out var file) == true ? file
                            : memory?.Stats?.TryGetValue("total_inactive_file", out var total)
                            == true
                                ? total
                            : 0;
                        used = Math.Max(memory?.Usage ?? 0, cache) - cache;
                    }),
                    cancellation
                )
            );
        }
        catch (EngineException e) when (e.Fault == EngineFault.Other)
        {
            return 0; // it ended in this moment; or the engine has no control groups and says only that it failed
        }
        return (long)used;
    }

    /// <summary>Hands a report on at once, on the thread that has it: Progress would put it off.</summary>
    private sealed class Direct<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
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

    // Podman 4 lists volumes that have any of the labels.
    private static bool HasAll(IReadOnlyDictionary<string, string> found, string[] labels) =>
        labels.All(label =>
            label.Split('=', 2) is [var name, var value]
                ? found.GetValueOrDefault(name) == value
                : found.ContainsKey(label)
        );

    /// <summary>True where one of two paths without links is the other, or inside it.</summary>
    public static bool Overlap(string one, string other) =>
        IsAtOrInside(one, other) || IsAtOrInside(other, one);

    /// <summary>True where a path without links is a folder, or inside it.</summary>
    public static bool IsAtOrInside(string path, string folder) =>
        string.Equals(path, folder, RealPath.Comparison)
        || path.StartsWith(
            folder.EndsWith(Path.DirectorySeparatorChar)
                ? folder
                : folder + Path.DirectorySeparatorChar,
            RealPath.Comparison
        );

    private static EngineContainer ToContainer(ContainerListResponse found) =>
        new()
        {
            Id = found.ID,
            Name = found.Names?.FirstOrDefault()?.TrimStart('/') ?? found.ID[..12],
            Image = found.Image,
            State = StateOf(found.State),
            Labels = found.Labels.ToValues(),
            Mounts = ToMounts(found.Mounts),
            // A port is listed once for IPv4 and once for IPv6, and by Podman also where nothing runs.
            Ports =
            [
                .. (EngineContainer.Runs(StateOf(found.State)) ? found.Ports ?? [] : [])
                    .Where(p => p.PublicPort is > 0)
                    .Select(p => new EnginePort(p.PublicPort!.Value, p.PrivatePort)
                    {
                        Protocol = ProtocolOf(p.Type),
                    })
                    .Distinct(),
            ],
        };

    // Podman has words of its own in its lists; while one stops, its processes still write.
    private static string StateOf(string word) =>
        word switch
        {
            "stopping" => "running",
            "stopped" => "exited",
            "initialized" or "configured" => "created",
            _ => word,
        };

    private static DateTimeOffset ToMoment(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var moment)
            ? moment
            : default;

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
                    Protocol = ProtocolOf(binding.Key.Split('/').ElementAtOrDefault(1)),
                }
            ).Distinct(),
        ];

    private static string ProtocolOf(string? word) =>
        string.IsNullOrEmpty(word) ? EnginePort.Tcp : word;
}
