using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>The end of containers; volumes and what is in them stay.</summary>
internal sealed partial class ContainerStack
{
    /// <summary>
    /// Removes the containers that are not what is planned, do not run, or are unhealthy, and those of a former start of
    /// the compose file. Steps that were done stay: they tell that they were.
    /// </summary>
    /// <returns>True where one of them ran.</returns>
    public bool CleanUp(CancellationToken cancellation)
    {
        var former = EndFormerCompose(cancellation);
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
        End(old, cancellation);
        return former.Count > 0 || old.Exists(c => c.IsRunning);
    }

    /// <summary>Ends what a start of the compose file has left, and says so; volumes stay.</summary>
    /// <returns>The services that ran.</returns>
    /// <exception cref="EngineException">The engine refused; what was removed before stays removed.</exception>
    public IReadOnlyList<string> EndFormerCompose(CancellationToken cancellation)
    {
        if (FormerCompose.Find(environment, engine, checkout, narrator) is not { } former)
        {
            return [];
        }
        var containers = former.Containers(cancellation);
        foreach (var container in containers)
        {
            narrator.Say(
                $"removing {container.Name}: services stand in worktree.json now; volumes stay"
            );
        }
        End(containers, cancellation);
        former.Forget(cancellation);
        return
        [
            .. containers
                .Where(c => c.IsRunning)
                .Select(WorktreeContainers.ServiceOf)
                .Distinct(StringComparer.Ordinal),
        ];
    }

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

    /// <summary>Removes the worktree's network where no container is left that may be in it; Compose's are left to Compose.</summary>
    public void RemoveNetworks()
    {
        if (All.Count > 0)
        {
            return;
        }
        var label = $"{WorktreeContainers.Label}={checkout.GitDirectory}";
        foreach (
            var own in engine
                .Networks(CancellationToken.None, label)
                .Where(n => !n.Labels.ContainsKey(ComposeStack.ProjectLabel))
        )
        {
            engine.RemoveNetwork(own.Id, CancellationToken.None);
        }
    }

    private bool IsKept(EngineContainer container, IReadOnlyList<EngineContainer> containers) =>
        plan.TryGetValue(WorktreeContainers.ServiceOf(container), out var planned)
        && Current(planned, containers)?.Id == container.Id
        && (
            container.State == "running"
                ? engine.Inspect(container.Id, CancellationToken.None).Health != "unhealthy"
                : container.State == "exited" && ServicePlan.IsOneShot(planned.Service)
        );

    private void End(IReadOnlyList<EngineContainer> containers, CancellationToken cancellation)
    {
        KeptVolumes.Remember(environment, checkout, engine, containers, narrator, cancellation);
        WorktreeContainers.End(engine, containers, withVolumes: false, cancellation);
    }

    private void Remove(IReadOnlyList<EngineContainer> containers)
    {
        foreach (var container in containers)
        {
            engine.Remove(container.Id, CancellationToken.None, withVolumes: false);
        }
    }
}
