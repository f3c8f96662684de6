using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>The start of a stack whose services stand in worktree.json; the caller holds the stack's lock.</summary>
internal sealed class ServiceCommands(
    HostEnvironment environment,
    KnownWorktree known,
    ServiceStack stack,
    Narrator narrator,
    CancellationToken cancellation
)
{
    private const int Attempts = 3;

    private readonly Checkout checkout = known.Identity.Checkout;
    private readonly IReadOnlyList<ServiceConfiguration> services = StackServices.Require(known);

    private SetupRequest Request => new(environment, checkout.Root, DatabaseWish.Keep);

    /// <summary>Starts what does not run; see <see cref="StackCommands"/>.</summary>
    /// <param name="wishOf">What becomes of the databases, by whether something runs.</param>
    /// <param name="nameOthers">False where other stacks need not be named.</param>
    public void Start(Func<bool, DatabaseWish> wishOf, bool nameOthers)
    {
        try
        {
            using var engine = known.Configuration.HasImages
                ? ContainerEngine.Connect(environment, cancellation)
                : null;
            stack.CleanUp(services);
            var ranBefore = engine is null && EndFormerContainers();
            if (nameOthers)
            {
                OtherStacks.Name(environment, checkout.Root, engine, narrator);
            }
            Start(engine, isRunning => wishOf(isRunning || ranBefore));
        }
        catch (EngineException e)
        {
            throw EngineErrors.Of(e, "the stack");
        }
    }

    // The services were images, or stood in a compose file. Where no engine answers, none of them holds a port here. What
    // the user has started by "docker compose" runs on, and so keeps its data.
    private bool EndFormerContainers()
    {
        if (LeaseStore.Find(environment, checkout, narrator) is not { HasContainers: true })
        {
            return false;
        }
        using var engine = WorktreeContainers.TryConnect(environment, out _, cancellation);
        if (engine is null)
        {
            return false;
        }
        var former = new ContainerStack(environment, engine, checkout, narrator);
        var ran = former.CleanUp(cancellation);
        former.RemoveNetworks();
        return ran || former.IsRunning;
    }

    private void Start(ContainerEngine? engine, Func<bool, DatabaseWish> wishOf)
    {
        var containers = engine is null
            ? null
            : new ContainerStack(environment, engine, checkout, narrator);
        var allocation = WorktreeSetup.Run(Request, narrator, cancellation).Allocation;
        var ranBefore = false;
        if (containers is not null)
        {
            Plan(containers, allocation);
            ranBefore = containers.CleanUp(cancellation);
        }
        var live = stack.Live(containers, cancellation);
        if (ServicePlan.IsComplete(services, live))
        {
            narrator.Say("the stack runs already; nothing was changed");
            SayUrls(engine);
            return;
        }
        if (known.Configuration.Certificate)
        {
            DevelopmentCertificate.Ensure(environment, checkout, narrator);
        }
        var ports = new ServicePorts(environment, engine, Request, narrator, cancellation);
        allocation = ports.MakeSure(
            allocation,
            ServicePlan.Missing(services, live).SelectMany(s => s.Ports).ToHashSet(),
            containers?.All ?? []
        );
        if (containers is not null)
        {
            Plan(containers, allocation);
            OwnData.Require(engine!, allocation, containers, cancellation);
        }
        CareForDatabases(wishOf(ranBefore || stack.IsRunning || containers?.IsRunning is true));
        Run(allocation, containers, live, ports);
        SayUrls(engine);
    }

    private void Plan(ContainerStack containers, Allocation allocation)
    {
        containers.Plan(allocation, cancellation);
        LeaseAllocator.RecordContainers(
            WorktreeSetup.ToAllocationRequest(
                Request,
                allocation.Identity,
                allocation.Configuration
            ),
            narrator
        );
    }

    private void CareForDatabases(DatabaseWish wish)
    {
        var setup = WorktreeSetup
            .Run(Request with { Database = wish }, narrator, cancellation)
            .RequireDatabases();
        SetupSummary.SayDatabases(setup, wish, narrator);
    }

    private void Run(
        Allocation allocation,
        ContainerStack? containers,
        IReadOnlySet<string> ranBefore,
        ServicePorts ports
    )
    {
        try
        {
            var live = ranBefore;
            for (var attempt = 1; ; attempt++)
            {
                containers?.MakeSurroundings(allocation.ProjectName, cancellation);
                try
                {
                    stack.Start(allocation, containers, live, cancellation);
                    return;
                }
                catch (PortsStolenException e) when (attempt <= Attempts)
                {
                    allocation = ports.Replace(allocation, e.Ports);
                    Plan(containers!, allocation);
                    live = stack.Live(containers, cancellation);
                }
            }
        }
        catch (PortsStolenException e)
        {
            TakeBack(containers, ranBefore);
            throw EngineErrors.Of((EngineException)e.InnerException!, "the stack");
        }
        catch
        {
            TakeBack(containers, ranBefore);
            throw;
        }
        finally
        {
            RecordProcesses(allocation);
        }
    }

    // Also after Ctrl+C: nothing half-started stays.
    private void TakeBack(ContainerStack? containers, IReadOnlySet<string> ranBefore)
    {
        try
        {
            ServiceGraph.Backward(
                [.. services.Where(s => s.Container is not null && !ranBefore.Contains(s.Name))],
                s => containers!.Stop(s.Name, s.StopTimeout)
            );
            containers?.RemoveNetworks();
        }
        catch (EngineException e)
        {
            narrator.Say(
                $"what was started could not be taken back: {e.Message}; the next start or stop does it"
            );
        }
    }

    private void RecordProcesses(Allocation allocation) =>
        LeaseAllocator.RecordProcesses(
            WorktreeSetup.ToAllocationRequest(
                Request,
                allocation.Identity,
                allocation.Configuration
            ),
            stack.Processes,
            narrator
        );

    private void SayUrls(ContainerEngine? engine)
    {
        var row = WorktreeReport
            .Query(environment, checkout.Root, narrator)
            .Worktrees.First(w => w.Current);
        var used = services.SelectMany(s => s.Ports).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, url) in row.Urls.Where(u => used.Contains(u.Key)))
        {
            narrator.Say($"{name} {url}");
        }
        if (engine?.Machine is { } machine)
        {
            narrator.Say($"the ports of containers are those of '{machine}'");
        }
    }
}
