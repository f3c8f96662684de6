using Worktree.Hooks.Configuration;

namespace Worktree.Hooks.Stack;

/// <summary>The start of one service, a process or a container; making one checks everything that can be checked before.</summary>
internal abstract class ServiceStart(ServiceConfiguration service)
{
    /// <summary>The service.</summary>
    public ServiceConfiguration Service { get; } = service;

    /// <summary>The service's name.</summary>
    public string Name => Service.Name;

    /// <summary>True for a build step or a migration.</summary>
    public bool IsOneShot => ServicePlan.IsOneShot(Service);

    /// <summary>Does what can be done before the services that it depends on are ready.</summary>
    public virtual void Prepare(CancellationToken cancellation) { }

    /// <summary>Starts it and waits until it is ready.</summary>
    public abstract void Run(CancellationToken cancellation);
}
