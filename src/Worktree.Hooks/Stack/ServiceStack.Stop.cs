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
        var faults = new ConcurrentQueue<EngineException>();
        var voice = new SerialNarrator(narrator);
        void Stop(string name, TimeSpan grace)
        {
            var ran = started.Where(s => s.Name == name).Any(s => StopProcess(s, grace));
            if (Ask(containers, c => c.Stop(name, grace), faults) || ran)
            {
                stopped.Enqueue(name);
                voice.Say($"stopped {name}");
            }
        }
        var there = started.Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        Ask(containers, c => there.UnionWith(c.All.Select(WorktreeContainers.ServiceOf)), faults);
        // What worktree.json does not name any more goes first: nobody knows what it depends on.
        foreach (var name in there.Except(services.Select(s => s.Name)).ToList())
        {
            Stop(name, DefaultStopTimeout);
        }
        ServiceGraph.Backward(services, s => Stop(s.Name, s.StopTimeout));
        Ask(containers, c => c.RemoveNetworks(), faults);
        return faults.TryDequeue(out var first) ? throw first : [.. stopped];
    }

    private static void Ask(
        ContainerStack? containers,
        Action<ContainerStack> act,
        ConcurrentQueue<EngineException> faults
    ) =>
        Ask(
            containers,
            c =>
            {
                act(c);
                return true;
            },
            faults
        );

    // Processes are stopped although the engine does not answer.
    private static bool Ask(
        ContainerStack? containers,
        Func<ContainerStack, bool> act,
        ConcurrentQueue<EngineException> faults
    )
    {
        try
        {
            return containers is not null && act(containers);
        }
        catch (EngineException e)
        {
            faults.Enqueue(e);
            return false;
        }
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
