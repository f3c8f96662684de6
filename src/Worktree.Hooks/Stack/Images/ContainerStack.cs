using System.Collections.Concurrent;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>The containers of one worktree's services, found by their labels and never by their names; the caller holds the stack's lock.</summary>
internal sealed class ContainerStack(
    HostEnvironment environment,
    ContainerEngine engine,
    Checkout checkout,
    Narrator narrator
)
{
    private IReadOnlyDictionary<string, ServiceContainer> plan =
        new Dictionary<string, ServiceContainer>();
    private string network = "";

    /// <summary>The engine.</summary>
    public ContainerEngine Engine => engine;

    /// <summary>The containers, also those that have ended; those that copy a database are no services.</summary>
    public IReadOnlyList<EngineContainer> All =>
        [
            .. engine
                .Containers(
                    CancellationToken.None,
                    $"{WorktreeContainers.Label}={checkout.GitDirectory}"
                )
                .Where(c => c.Label(HelperContainer.Label) is null),
        ];

    /// <summary>The services that run now and are meant to run on.</summary>
    public IReadOnlyList<string> Running =>
        [
            .. All.Where(c => c.IsRunning && !IsOneShot(c))
                .Select(WorktreeContainers.ServiceOf)
                .Distinct(StringComparer.Ordinal),
        ];

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
    }

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

    /// <summary>
    /// Removes this worktree's containers that are not what is planned, do not run, or are unhealthy. Steps that were
    /// done stay: they tell that they were.
    /// </summary>
    /// <returns>True where one of them ran.</returns>
    public bool CleanUp(CancellationToken cancellation)
    {
        var containers = All;
        var old = containers.Where(c => !IsKept(c, containers)).ToList();
        foreach (var name in old.Where(c => c.IsRunning).Select(WorktreeContainers.ServiceOf))
        {
            narrator.Say(
                plan.ContainsKey(name)
                    ? $"{name} has changed or does not answer, and is made anew"
                    : $"{name} is no service of worktree.json that is an image, and is removed; volumes stay"
            );
        }
        KeptVolumes.Remember(environment, checkout, engine, old, narrator);
        WorktreeContainers.End(engine, old, withVolumes: false, cancellation);
        return old.Exists(c => c.IsRunning);
    }

    /// <summary>Makes what the containers need: their folders, volumes and network.</summary>
    /// <exception cref="WorktreeHooksException">WTH5015: no address range is left. WTH5018: a folder.</exception>
    public void MakeSurroundings(string projectName, CancellationToken cancellation)
    {
        foreach (var container in plan.Values)
        {
            container.MakeFolders();
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
            var other = $"{request.Name}-{TextHash.Hex(checkout.GitDirectory, 6)}";
            return engine.Create(request with { Name = other }, cancellation);
        }
    }

    /// <summary>The readiness check of a container.</summary>
    public ContainerProbe ProbeOf(ServiceContainer container, string id) =>
        new(environment, engine, container, id);

    /// <summary>Stops and removes the containers of a service; its data stays.</summary>
    /// <returns>True where it ran.</returns>
    public bool Stop(string name, TimeSpan patience)
    {
        var containers = All.Where(c => WorktreeContainers.ServiceOf(c) == name).ToList();
        var running = containers.Where(c => c.IsRunning).ToList();
        foreach (var container in running)
        {
            engine.Stop(container.Id, patience, CancellationToken.None);
        }
        Remove(containers);
        return running.Count > 0;
    }

    /// <summary>Removes the worktree's networks, where no container is left that may be in one.</summary>
    public void RemoveNetworks()
    {
        if (All.Count > 0)
        {
            return;
        }
        var label = $"{WorktreeContainers.Label}={checkout.GitDirectory}";
        foreach (var found in engine.Networks(CancellationToken.None, label))
        {
            engine.RemoveNetwork(found.Id, CancellationToken.None);
        }
    }

    private static EngineContainer? Current(
        ServiceContainer container,
        IReadOnlyList<EngineContainer> containers
    ) =>
        containers.FirstOrDefault(c =>
            c.Label(WorktreeContainers.ServiceLabel) == container.Service.Name
            && c.Label(ServiceContainer.ContentLabel) == container.Content
        );

    private bool IsKept(EngineContainer container, IReadOnlyList<EngineContainer> containers) =>
        plan.TryGetValue(WorktreeContainers.ServiceOf(container), out var planned)
        && Current(planned, containers)?.Id == container.Id
        && (
            container.State == "running"
                ? engine.Inspect(container.Id, CancellationToken.None).Health != "unhealthy"
                : container.State == "exited" && ServicePlan.IsOneShot(planned.Service)
        );

    private bool IsOneShot(EngineContainer container) =>
        plan.TryGetValue(WorktreeContainers.ServiceOf(container), out var planned)
        && ServicePlan.IsOneShot(planned.Service);

    private void Remove(IReadOnlyList<EngineContainer> containers)
    {
        foreach (var container in containers)
        {
            engine.Remove(container.Id, CancellationToken.None);
        }
    }

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
