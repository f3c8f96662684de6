using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>
/// What a start of the compose file has left, where worktree.json names the services now. What the user has started by
/// <c>docker compose</c> beside them has the same labels and is the user's: only the record of our start tells it apart.
/// </summary>
internal sealed class FormerCompose
{
    private readonly ContainerEngine engine;
    private readonly Checkout checkout;
    private readonly string project;
    private readonly HashSet<string> services;

    private FormerCompose(
        ContainerEngine engine,
        Checkout checkout,
        string project,
        HashSet<string> services
    )
    {
        this.engine = engine;
        this.checkout = checkout;
        this.project = project;
        this.services = services;
    }

    /// <summary>That of a worktree; null where no compose file was started since the services stand in worktree.json.</summary>
    public static FormerCompose? Find(
        HostEnvironment environment,
        ContainerEngine engine,
        Checkout checkout,
        Narrator narrator
    ) =>
        ComposeRecord.Load(checkout) is { HasEnded: false, Services: { Count: > 0 } wanted }
        && LeaseStore.Find(environment, checkout, narrator)?.ProjectName is { } project
            ? new FormerCompose(
                engine,
                checkout,
                project,
                wanted.Select(s => s.Name).ToHashSet(StringComparer.Ordinal)
            )
            : null;

    /// <summary>The containers of the services that were started, also those that have ended.</summary>
    /// <exception cref="EngineException">The engine does not answer.</exception>
    public IReadOnlyList<EngineContainer> Containers(CancellationToken cancellation) =>
        [
            .. WorktreeContainers
                .ServicesOf(engine, checkout.GitDirectory, cancellation)
                .Where(c =>
                    c.Label(ComposeStack.ProjectLabel) == project
                    && services.Contains(WorktreeContainers.ServiceOf(c))
                ),
        ];

    /// <summary>Removes the project's networks where it has no container any more, and the record: from now on what runs is the user's.</summary>
    /// <exception cref="EngineException">The engine refused; the record stays.</exception>
    public void Forget(CancellationToken cancellation)
    {
        var label = $"{ComposeStack.ProjectLabel}={project}";
        if (engine.Containers(cancellation, label).Count == 0)
        {
            var own = $"{WorktreeContainers.Label}={checkout.GitDirectory}";
            foreach (var network in engine.Networks(cancellation, own, label))
            {
                engine.RemoveNetwork(network.Id, cancellation);
            }
        }
        new ComposeRecord([]).Save(checkout);
    }
}
