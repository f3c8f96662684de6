using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Ports;

namespace Worktree.Hooks.Leases;

/// <summary>What an allocation needs to know besides the leases.</summary>
internal sealed record AllocationRequest(
    HostEnvironment Environment,
    WorktreeIdentity Identity,
    WorktreeConfiguration Configuration
)
{
    /// <summary>Reads blocks of <c>.env.local</c>: this worktree's, and everybody's where the lease file is damaged.</summary>
    public required ReadSavedBlock ReadSavedBlock { get; init; }

    /// <summary>
    /// Ports that the compose file names outright, each of which needs one of this worktree's own; null where nobody
    /// looked, so that those of the lease stay.
    /// </summary>
    public IReadOnlySet<int>? LiteralPorts { get; init; }

    /// <summary>Ports that a stranger holds, so that they are given up although they are leased.</summary>
    public IReadOnlySet<int> HeldByStrangers { get; init; } = new HashSet<int>();
}

/// <summary>Gives a worktree its ports and names, the same ones every time, and remembers them.</summary>
internal static class LeaseAllocator
{
    /// <summary>
    /// Allocates under the lock: dead leases are freed, the worktree's own lease or saved ports are kept, else the hash
    /// and the next free ports are taken; the lease is on the disk before this returns.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH2001: a range is used up; nothing was leased. WTH2003, WTH2009: the lease file.</exception>
    public static Allocation Allocate(AllocationRequest request, Narrator narrator)
    {
        var checkout = request.Identity.Checkout;
        var store = LeaseStore.Open(request.Environment, checkout.CommonDirectory, narrator);
        var (lease, removed) = store.Update(
            request.ReadSavedBlock,
            table =>
            {
                FreeDeadLeases(table, request.Environment, narrator);
                var former = table.Find(checkout.GitDirectory);
                var chosen = new LeaseChoice(request, table, narrator).Choose(former);
                table.Put(chosen);
                return (chosen, table.Removed);
            }
        );
        // Without the lock, as an engine takes its time; and no engine is asked where no dead worktree had something there.
        if (removed.Any(l => l.HasContainers || l.HasRemoteEngine))
        {
            GoneWorktrees.StopContainersOf(removed, request.Environment, narrator);
        }
        return ToAllocation(request, lease);
    }

    /// <summary>
    /// Remembers the processes of a worktree's stack in its lease, so that they can be stopped after git has deleted
    /// the worktree. A worktree without a lease is left alone.
    /// </summary>
    public static void RecordProcesses(
        AllocationRequest request,
        IReadOnlyList<ProcessRecord> processes,
        Narrator narrator
    )
    {
        Change(
            request.Environment,
            request.Identity.Checkout,
            request.ReadSavedBlock,
            narrator,
            lease => lease with { Processes = processes }
        );
    }

    /// <summary>
    /// Remembers, before the first is made, that a worktree's stack has containers, so that they are looked for when git
    /// has deleted the worktree; and where that is, if it is another machine. A worktree without a lease is left alone.
    /// </summary>
    public static void RecordContainers(AllocationRequest request, Narrator narrator)
    {
        FormerPlaces.Note(request.Identity.Checkout.GitDirectory);
        var remote = EngineEndpoint.RemoteAddress(request.Environment);
        Change(
            request.Environment,
            request.Identity.Checkout,
            request.ReadSavedBlock,
            narrator,
            lease =>
            {
                var known = lease with { HasContainers = true };
                return remote is null ? known : WithEngine(known, remote);
            }
        );
    }

    /// <summary>
    /// Remembers, before it is made, that a worktree has a volume in an engine on another machine. A worktree without a
    /// lease is left alone.
    /// </summary>
    public static void RecordVolume(
        HostEnvironment environment,
        Checkout checkout,
        string engine,
        ReadSavedBlock readSavedBlock,
        Narrator narrator
    ) =>
        Change(environment, checkout, readSavedBlock, narrator, lease => WithEngine(lease, engine));

    private static Lease WithEngine(Lease lease, string engine) =>
        lease.Engines.Any(e => e.Engine == engine) ? lease : lease.With(new EngineUse(engine, []));

    private static void Change(
        HostEnvironment environment,
        Checkout checkout,
        ReadSavedBlock readSavedBlock,
        Narrator narrator,
        Func<Lease, Lease> change
    )
    {
        var store = LeaseStore.Open(environment, checkout.CommonDirectory, narrator);
        store.Update(
            readSavedBlock,
            table =>
            {
                if (table.Find(checkout.GitDirectory) is { } lease)
                {
                    table.Put(change(lease));
                }
                return true;
            }
        );
    }

    /// <summary>
    /// Stops what still runs of worktrees that git has forgotten and takes their leases out; returns those leases.
    /// </summary>
    public static IReadOnlyList<Lease> FreeDeadLeases(
        LeaseTable table,
        HostEnvironment environment,
        Narrator narrator
    )
    {
        List<Lease> dead =
        [
            .. LeaseLiveness.Dead(table.Leases).Select(l => WithEngineHere(l, environment)),
        ];
        foreach (var lease in dead)
        {
            Free(table, lease, narrator);
        }
        return dead;
    }

    // What a repository that cannot be seen has in an engine of this machine, its labels do not tell. Git deletes a
    // worktree's folder first: where that is there, the repository was moved, and another may be in its place.
    private static Lease WithEngineHere(Lease lease, HostEnvironment environment) =>
        (
            GoneWorktrees.HasWorkTree(lease.Root)
            || lease.HasContainers && !GoneWorktrees.IsInSeenRepository(lease.GitDirectory)
        )
        && EngineEndpoint.LocalAddress(environment) is { } here
        && lease.Engines.All(e => e.Engine != here)
            ? lease with
            {
                Engines = [.. lease.Engines, new EngineUse(here, [])],
            }
            : lease;

    /// <summary>Stops what still runs of one worktree and takes its lease out.</summary>
    public static void Free(LeaseTable table, Lease lease, Narrator narrator)
    {
        var stopped = lease.Processes.Count(p =>
            ProcessTable.StopGroup(p, TimeSpan.FromSeconds(2))
        );
        if (stopped > 0)
        {
            narrator.Say(
                $"stopped {stopped} services of '{lease.ProjectName}', whose worktree is gone ('{lease.Root}')"
            );
        }
        table.Remove(lease);
    }

    private static Allocation ToAllocation(AllocationRequest request, Lease lease)
    {
        var configuration = request.Configuration;
        return new Allocation
        {
            Identity = request.Identity,
            Configuration = configuration,
            ProjectName = lease.ProjectName,
            Host = lease.Host,
            Ports = [.. configuration.Ports.Select(v => new AllocatedPort(v, lease.Ports[v.Name]))],
            LiteralPorts = LiteralPorts.Of(lease),
            Variables = BlockVariables.Of(request.Identity, configuration, lease),
        };
    }
}
