using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Ports;

namespace Worktree.Hooks.Leases;

/// <summary>One worktree's choice among the leases of everybody else, inside one transaction.</summary>
internal sealed class LeaseChoice(AllocationRequest request, LeaseTable table, Narrator narrator)
{
    private readonly WorktreeIdentity identity = request.Identity;
    private readonly string gitDirectory = request.Identity.Checkout.GitDirectory;
    private readonly HashSet<int> chosen = [];
    private HashSet<int>? taken;

    /// <summary>The lease for this worktree: the former one as far as it still holds, the rest newly chosen.</summary>
    /// <exception cref="WorktreeHooksException">WTH2001: a range is used up.</exception>
    public Lease Choose(Lease? former)
    {
        var saved = former is null ? OwnSavedBlock() : null;
        var formerProject =
            former?.ProjectName ?? saved?.Values.GetValueOrDefault("COMPOSE_PROJECT_NAME");
        var formerHost = former?.Host ?? saved?.Values.GetValueOrDefault("WORKTREE_HOST");
        var engines = former is null ? table.TakeOver(gitDirectory) : former.Engines;
        return new Lease
        {
            GitDirectory = gitDirectory,
            CommonDirectory = identity.Checkout.CommonDirectory,
            Root = identity.Checkout.Root,
            ProjectName = Reserve(identity.ProjectName, formerProject, "", l => l.ProjectName),
            Host = Reserve(identity.HostLabel, formerHost, ".dev.localhost", l => l.Host),
            Ports = ChoosePorts(former, saved),
            MainPorts = [.. request.Configuration.Ports.Select(v => v.Main)],
            Processes = former?.Processes ?? [],
            HasContainers = former?.HasContainers ?? engines.Count > 0,
            Engines = engines,
        };
    }

    // The lease decides whose block it is; without a lease, the name in the block does.
    private SavedBlock? OwnSavedBlock() =>
        request.ReadSavedBlock(identity.Checkout.Root) is { } block
        && block.WorktreeName == identity.Name
            ? block
            : null;

    private string Reserve(string name, string? former, string domain, Func<Lease, string> nameOf)
    {
        var plain = name + domain;
        var suffixed = Names.WithSuffix(name, gitDirectory) + domain;
        if (
            former is not null
            && name.Length > 0
            && (former == plain || former == suffixed || IsNamedAfterFormerPlace())
            && !IsTaken(former)
        )
        {
            return former;
        }
        return name.Length == 0 || IsTaken(plain) ? suffixed : plain;

        // Its volumes and databases have the name that its folder had; "project" is the same wherever it is.
        bool IsNamedAfterFormerPlace() =>
            request.Configuration.Project is null && FormerPlaces.Of(gitDirectory).Count > 0;

        bool IsTaken(string candidate) =>
            table.Others(gitDirectory).Any(l => nameOf(l) == candidate);
    }

    private Dictionary<string, int> ChoosePorts(Lease? former, SavedBlock? saved)
    {
        var ports = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var variable in request.Configuration.Ports)
        {
            Give(variable);
        }
        // In the order of their numbers, so that the same file gets the same ports.
        foreach (var literal in (request.LiteralPorts ?? LiteralPorts.Of(former).Keys).Order())
        {
            Give(new PortVariable(LiteralPorts.KeyOf(literal), literal, LiteralPorts.Range));
        }
        return ports;

        void Give(PortVariable variable)
        {
            var port = identity.IsMain
                ? variable.Main
                : ChoosePort(variable, OwnPort(variable, former, saved));
            ports[variable.Name] = port;
            chosen.Add(port);
        }
    }

    private static int? OwnPort(PortVariable variable, Lease? former, SavedBlock? saved) =>
        former is not null && former.Ports.TryGetValue(variable.Name, out var leased)
            ? leased
            : saved?.Port(variable.Name);

    private int ChoosePort(PortVariable variable, int? own)
    {
        var port = Plan(variable, own);
        if (port is null && ReclaimAbandoned(variable.Range))
        {
            port = Plan(variable, own);
        }
        if (port is null)
        {
            throw PortAllocationError.For(variable, table.Others(gitDirectory));
        }
        if (own is { } former && !variable.Range.Contains(former))
        {
            narrator.Say(
                $"{variable.Name} is {port} from now on: {former} is outside its range {variable.Range} in worktree.json"
            );
        }
        if (port != own && BrowserPorts.AreRefusing(port.Value))
        {
            narrator.Warn(
                new Diagnostic(
                    ErrorCatalogue.BrowserRefusedPort,
                    $"'{variable.Name}' is {port}, the last free port of {variable.Range}, and browsers refuse to open "
                        + "it. Remove worktrees that are no longer needed, or widen the range in worktree.json."
                )
            );
        }
        return port.Value;
    }

    private int? Plan(PortVariable variable, int? own)
    {
        return PortPlanner.Choose(
            variable.Range,
            identity.ProjectName,
            own is { } port ? [port] : [],
            port => chosen.Contains(port) || Taken().Contains(port),
            port => PortProbe.Probe(port) == PortState.Free
        );
    }

    // Collected once, as the ports of thousands of leases are the most expensive part of a choice.
    private HashSet<int> Taken()
    {
        if (taken is not null)
        {
            return taken;
        }
        taken = [.. request.Configuration.Ports.Select(v => v.Main), .. request.HeldByStrangers];
        foreach (var lease in table.Others(gitDirectory))
        {
            taken.UnionWith(lease.Ports.Values);
            taken.UnionWith(lease.MainPorts);
        }
        return taken;
    }

    private bool ReclaimAbandoned(PortRange range)
    {
        var abandoned = table
            .Others(gitDirectory)
            .Where(l => l.Ports.Values.Any(range.Contains) && LeaseLiveness.IsAbandoned(l))
            .ToList();
        foreach (var lease in abandoned)
        {
            LeaseAllocator.Free(table, lease, narrator);
        }
        taken = null;
        return abandoned.Count > 0;
    }
}
