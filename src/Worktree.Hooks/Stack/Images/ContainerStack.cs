using System.Collections.Concurrent;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>
/// The containers of one worktree's services that are images, found by their labels and never by their names; the caller
/// holds the stack's lock.
/// </summary>
internal sealed partial class ContainerStack(
    HostEnvironment environment,
    ContainerEngine engine,
    Checkout checkout,
    Narrator narrator
)
{
    private IReadOnlyDictionary<string, ServiceContainer> plan =
        new Dictionary<string, ServiceContainer>();
    private ServiceVolumes volumes = new(checkout.GitDirectory, new OwnVolumes([]));
    private string network = "";

    /// <summary>The engine.</summary>
    public ContainerEngine Engine => engine;

    /// <summary>The containers, also those that have ended.</summary>
    public IReadOnlyList<EngineContainer> All =>
        [.. Labelled.Where(c => c.Label(WorktreeContainers.ServiceLabel) is not null)];

    /// <summary>
    /// True while a container of the worktree runs that is meant to run on, also one that the user has started by
    /// <c>docker compose</c>; one that copies a database does not count.
    /// </summary>
    public bool IsRunning =>
        Labelled.Any(c => c.IsRunning && c.Label(HelperContainer.Label) is null && !IsOneShot(c));

    private IReadOnlyList<EngineContainer> Labelled =>
        WorktreeContainers.Of(engine, checkout.GitDirectory, CancellationToken.None);

    /// <summary>Plans the containers for these names and ports, and fetches the images that the engine does not have.</summary>
    /// <exception cref="WorktreeHooksException">WTH3003, WTH3007: a value. WTH5013: an image. WTH5037: a folder for a remote engine.</exception>
    public void Plan(Allocation allocation, CancellationToken cancellation)
    {
        plan = allocation
            .Configuration.Services.Where(s => s.Container is not null)
            .Select(s => new ServiceContainer(environment, allocation, s))
            .ToDictionary(c => c.Service.Name, StringComparer.Ordinal);
        foreach (var container in plan.Values)
        {
            RequireReachable(container);
        }
        var images = new ImageStore(environment, engine, narrator);
        foreach (var group in plan.Values.GroupBy(c => c.Image, StringComparer.Ordinal))
        {
            var image = images.Require(group.Key, group.First().Service.Name, cancellation);
            foreach (var container in group)
            {
                container.Complete(image);
            }
        }
        volumes = new ServiceVolumes(
            checkout.GitDirectory,
            new OwnVolumes(engine.Volumes(cancellation))
        );
        volumes.Name([.. plan.Values]);
    }

    /// <summary>The name in the engine of a volume that worktree.json names so; to be asked of a plan.</summary>
    public string VolumeOf(Allocation allocation, string name) =>
        volumes.NameOf($"{allocation.ProjectName}_{name}");

    /// <summary>True where a planned container may write to this volume or folder.</summary>
    public bool WriteTo(string place) =>
        plan
            .Values.SelectMany(c => c.Mounts)
            .Any(m =>
                m.IsWritable
                && (
                    m.Volume is null
                        ? Path.IsPathRooted(place)
                            && ContainerEngine.Overlap(RealPath.Of(m.Source), RealPath.Of(place))
                        : m.Volume == place
                )
            );

    /// <summary>The services whose containers run as they are planned and answer.</summary>
    public IReadOnlySet<string> Live(CancellationToken cancellation)
    {
        var live = new ConcurrentBag<string>();
        var containers = All;
        WorktreeContainers.Each(
            plan.Values,
            container =>
            {
                if (Current(container, containers) is not { State: "running" } found)
                {
                    return;
                }
                using var probe = ProbeOf(container, found.Id);
                if (probe.IsReady(cancellation))
                {
                    live.Add(container.Service.Name);
                }
            }
        );
        return live.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Makes what the containers need: their folders, volumes and network.</summary>
    /// <exception cref="WorktreeHooksException">WTH5015: no address range is left. WTH5018: a folder.</exception>
    public void MakeSurroundings(string projectName, CancellationToken cancellation)
    {
        foreach (var container in plan.Values)
        {
            container.MakeFolders();
        }
        foreach (var line in volumes.News)
        {
            narrator.Say(line);
        }
        foreach (var volume in plan.Values.SelectMany(c => c.VolumeNames).Distinct())
        {
            engine.CreateVolume(
                volume,
                WorktreeContainers.LabelsOf(checkout.GitDirectory),
                cancellation
            );
        }
        network = new WorktreeNetwork(engine, projectName, checkout.GitDirectory).Ensure(
            plan.Count,
            cancellation
        );
    }

    /// <summary>The start of a service's container.</summary>
    public ServiceStart StartOf(ServiceConfiguration service) =>
        new ContainerStart(environment, this, plan[service.Name]);

    /// <summary>The container of a service as it is planned: one that runs, else one that was just made; null where there is none.</summary>
    public EngineContainer? Find(ServiceContainer container) => Current(container, All);

    /// <summary>Makes a container in the place of the service's former one, and returns its id.</summary>
    public string Make(ServiceContainer container, CancellationToken cancellation)
    {
        Remove([.. All.Where(c => WorktreeContainers.ServiceOf(c) == container.Service.Name)]);
        var request = container.RequestIn(network, Me);
        try
        {
            return engine.Create(request, cancellation);
        }
        // Somebody else's: another user's project may have the same name.
        catch (EngineException e) when (e.Fault == EngineFault.NameTaken)
        {
            var other = Names.WithSuffix(request.Name!, checkout.GitDirectory);
            return engine.Create(request with { Name = other }, cancellation);
        }
    }

    /// <summary>The readiness check of a container.</summary>
    public ContainerProbe ProbeOf(ServiceContainer container, string id) =>
        new(environment, engine, container, id);

    private static EngineContainer? Current(
        ServiceContainer container,
        IReadOnlyList<EngineContainer> containers
    ) =>
        containers.FirstOrDefault(c =>
            c.Label(WorktreeContainers.ServiceLabel) == container.Service.Name
            && c.Label(ServiceContainer.ContentLabel) == container.Content
        );

    private bool IsOneShot(EngineContainer container) =>
        plan.TryGetValue(WorktreeContainers.ServiceOf(container), out var planned)
        && ServicePlan.IsOneShot(planned.Service);

    // In a rootless engine this user is root, and any other user of a container is nobody that owns a file here.
    private string? Me() =>
        OperatingSystem.IsWindows() || engine.IsRootless
            ? null
            : $"{Libc.GetEffectiveUserId()}:{Libc.GetEffectiveGroupId()}";

    private void RequireReachable(ServiceContainer container)
    {
        if (engine.IsRemote && container.Mounts.FirstOrDefault(m => m.Volume is null) is { } mount)
        {
            throw EngineErrors.RemoteMount(
                container.Service.Name,
                mount.Source,
                mount.Target,
                engine.Endpoint
            );
        }
    }
}
