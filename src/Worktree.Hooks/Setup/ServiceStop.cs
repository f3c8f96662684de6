using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>The stop of a stack whose services stand in worktree.json, whatever became of that file.</summary>
internal static class ServiceStop
{
    /// <summary>
    /// Stops processes and containers, also those of a former start of the compose file; the engine is asked only where the
    /// worktree ever had containers. What the user has started by <c>docker compose</c> is left.
    /// </summary>
    /// <returns>How many services ran.</returns>
    /// <exception cref="WorktreeHooksException">WTH5010–WTH5016: the engine; the processes are stopped all the same.</exception>
    public static int Run(
        HostEnvironment environment,
        Checkout checkout,
        IReadOnlyList<ServiceConfiguration> services,
        ServiceStack stack,
        Narrator narrator
    )
    {
        if (LeaseStore.Find(environment, checkout, narrator) is not { HasContainers: true })
        {
            return stack.Stop(services).Count;
        }
        try
        {
            using var engine = Connect(environment, services, stack);
            var containers = new ContainerStack(environment, engine, checkout, narrator);
            var stopped = stack.Stop(services, containers).Count;
            return stopped + containers.EndFormerCompose(CancellationToken.None).Count;
        }
        catch (EngineException e)
        {
            throw EngineErrors.Of(e, "the stop of this worktree's containers");
        }
    }

    private static ContainerEngine Connect(
        HostEnvironment environment,
        IReadOnlyList<ServiceConfiguration> services,
        ServiceStack stack
    )
    {
        try
        {
            return ContainerEngine.Connect(environment, CancellationToken.None);
        }
        catch (EngineException)
        {
            stack.Stop(services); // the processes need no engine
            throw;
        }
    }
}
