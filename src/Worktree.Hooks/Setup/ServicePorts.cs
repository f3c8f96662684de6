using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>
/// Makes sure that the ports of services are free before they start: those of a linked worktree are replaced, main's are
/// not. Of a remote engine only the engine itself knows which are held.
/// </summary>
internal sealed class ServicePorts(
    HostEnvironment environment,
    ContainerEngine? engine,
    SetupRequest request,
    Narrator narrator,
    CancellationToken cancellation
)
{
    /// <summary>The allocation with a port of its own in the place of each that a stranger holds.</summary>
    /// <param name="allocation">Names and ports.</param>
    /// <param name="variables">The variables of the ports that are to be free now.</param>
    /// <param name="own">This worktree's own containers, which hold nothing from it.</param>
    /// <exception cref="WorktreeHooksException">WTH2006, WTH2008: a port of main. WTH2001: no port is left.</exception>
    public Allocation MakeSure(
        Allocation allocation,
        IReadOnlySet<string> variables,
        IReadOnlyList<EngineContainer> own
    )
    {
        var strangers = engine
            ?.Containers(cancellation)
            .Where(c => own.All(o => o.Id != c.Id))
            .SelectMany(c =>
                c.Ports.Where(p => p.Protocol == EnginePort.Tcp)
                    .Select(p => (p.HostPort, Holder: ForeignContainer.Words(c)))
            )
            .DistinctBy(p => p.HostPort)
            .ToDictionary(p => p.HostPort, p => p.Holder);
        return Replace(
            allocation,
            [
                .. allocation
                    .Ports.Where(p => variables.Contains(p.Variable.Name))
                    .Select(p => new HeldPort(p.Variable, p.Port, StateOf(allocation, p, strangers))
                    {
                        Holder = strangers?.GetValueOrDefault(p.Port),
                    })
                    .Where(p => p.State != PortState.Free),
            ]
        );
    }

    /// <summary>The same for ports that were found to be held.</summary>
    public Allocation Replace(Allocation allocation, IReadOnlyList<int> stolen) =>
        Replace(
            allocation,
            [
                .. allocation
                    .Ports.Where(p => stolen.Contains(p.Port))
                    .Select(p => new HeldPort(p.Variable, p.Port, PortState.Busy)),
            ]
        );

    private Allocation Replace(Allocation allocation, IReadOnlyList<HeldPort> held)
    {
        if (held.Count == 0)
        {
            return allocation;
        }
        if (allocation.Identity.IsMain)
        {
            throw HeldPorts.Refuse(environment, held);
        }
        var replaced = WorktreeSetup.Run(
            request with
            {
                HeldByStrangers = held.Select(h => h.Port).ToHashSet(),
            },
            narrator,
            cancellation
        );
        HeldPorts.SayReplaced(environment, held, replaced.Allocation, narrator);
        return replaced.Allocation;
    }

    private PortState StateOf(
        Allocation allocation,
        AllocatedPort port,
        Dictionary<int, string>? strangers
    )
    {
        var isPublished = allocation.Configuration.Services.Any(s =>
            s.Container?.Ports.ContainsKey(port.Variable.Name) is true
        );
        if (!isPublished)
        {
            return PortProbe.Probe(port.Port);
        }
        if (strangers?.ContainsKey(port.Port) is true)
        {
            return PortState.Busy;
        }
        // What this user may not listen on, the engine mostly may: it says so itself where it may not.
        return engine is { IsRemote: false } && PortProbe.Probe(port.Port) == PortState.Busy
            ? PortState.Busy
            : PortState.Free;
    }
}
