using System.Collections.Concurrent;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>The stop of a stack, in the order of its dependencies.</summary>
internal sealed partial class ServiceStack
{
    /// <summary>
    /// Stops every service, each before those that it depends on, and whatever else carries this worktree's mark; data
    /// stays.
    /// </summary>
    /// <returns>The names of the services that ran.</returns>
    /// <exception cref="EngineException">The engine does not answer; the processes are stopped all the same.</exception>
    public IReadOnlyList<string> Stop(
        IReadOnlyList<ServiceConfiguration> services,
        ContainerStack? containers = null
    )
    {
        var state = StackState.Load(checkout);
        try
        {
            return StopAll(state.Services, services, containers);
        }
        finally
        {
            // Whatever the engine says, the processes are stopped.
            StopLeftovers(new StackState([]));
            new StackState([]).Save(checkout);
        }
    }

    private List<string> StopAll(
        IReadOnlyList<StartedService> started,
        IReadOnlyList<ServiceConfiguration> services,
        ContainerStack? containers = null
    )
    {
        var stopped = new ConcurrentQueue<string>();
        var voice = new SerialNarrator(narrator);
        EngineException? fault = null;
        bool Ask(Func<ContainerStack, bool> act)
        {
            try
            {
                return containers is not null && act(containers);
            }
            catch (EngineException e)
            {
                fault = e;
                return false;
            }
        }
        void Stop(string name, TimeSpan grace)
        {
            var ran = started.Where(s => s.Name == name).Any(s => StopProcess(s, grace));
            if (Ask(c => c.Stop(name, grace)) || ran)
            {
                stopped.Enqueue(name);
                voice.Say($"stopped {name}");
            }
        }
        var unknown = started.Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        Ask(c =>
        {
            unknown.UnionWith(c.All.Select(WorktreeContainers.ServiceOf));
            return true;
        });
        // What worktree.json does not name any more goes first: nobody knows what it depends on.
        foreach (var name in unknown.Except(services.Select(s => s.Name)).ToList())
        {
            Stop(name, DefaultStopTimeout);
        }
        ServiceGraph.Backward(services, s => Stop(s.Name, s.StopTimeout));
        Ask(c =>
        {
            c.RemoveNetworks();
            return true;
        });
        return fault is null ? [.. stopped] : throw fault;
    }

    private static bool StopProcess(StartedService service, TimeSpan grace)
    {
        var ran = ProcessTable.StopGroup(service.Process, grace);
        if (!ProcessTable.IsAlive(service.Process))
        {
            // Reaps it where it is our own child, as an MSBuild node lives on.
            _ = DetachedProcess.ExitCodeOf(service.Process);
        }
        return ran;
    }
}
