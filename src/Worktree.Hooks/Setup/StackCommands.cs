using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>Start, stop and restart of a worktree's stack: MSBuild targets and the command line call these.</summary>
internal sealed class StackCommands(HostEnvironment environment, string folder, Narrator narrator)
{
    /// <summary>
    /// Starts the worktree's stack beside all others, and nothing that runs already. A stopped stack gets main's latest
    /// data first; a running one keeps its own.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH5001: there is no stack. WTH2006, WTH2008: a port of main. Any of the setup, a database or a service.</exception>
    public void Start(StackOptions options, CancellationToken cancellation)
    {
        var known = WorktreeSetup.Identify(folder);
        var stack = new ServiceStack(environment, known.Identity.Checkout, narrator);
        if (ComposeCommands.AreFor(environment, known))
        {
            using var composeHold = stack.Hold(cancellation);
            StartCompose(known, options, cancellation);
            return;
        }
        var services = StackServices.Require(known);
        using var hold = stack.Hold(cancellation);
        Start(known, services, stack, options, cancellation);
    }

    private void StartCompose(
        KnownWorktree known,
        StackOptions options,
        CancellationToken cancellation
    )
    {
        if (known.Configuration.Certificate)
        {
            DevelopmentCertificate.Ensure(environment, known.Identity.Checkout, narrator);
        }
        new ComposeCommands(environment, known, narrator, cancellation).Start(isRunning =>
            WishOf(options, isRunning)
        );
    }

    private void Start(
        KnownWorktree known,
        IReadOnlyList<ServiceConfiguration> services,
        ServiceStack stack,
        StackOptions options,
        CancellationToken cancellation
    )
    {
        stack.CleanUp(services);
        if (options.NameOthers)
        {
            NameOtherStacks(known);
        }
        if (stack.IsComplete(services))
        {
            narrator.Say("the stack runs already; nothing was changed");
            SayUrls(known);
            return;
        }
        if (known.Configuration.Certificate)
        {
            DevelopmentCertificate.Ensure(environment, known.Identity.Checkout, narrator);
        }
        var allocation = SetUpWithFreePorts(
            known,
            stack,
            WishOf(options, stack.IsRunning),
            cancellation
        );
        StartServices(stack, allocation, cancellation);
        SayUrls(known);
    }

    /// <summary>Stops the worktree's stack; data and ports stay. A stack that does not run is no error.</summary>
    public void Stop(CancellationToken cancellation)
    {
        var checkout = Git.CheckoutLocator.Locate(folder);
        var stack = new ServiceStack(environment, checkout, narrator);
        using var hold = stack.Hold(cancellation);
        Stop(stack, checkout, StackServices.IfReadable(checkout));
    }

    /// <summary>Stops the worktree's own processes; its containers are left to whoever removes them by their labels.</summary>
    public void StopProcesses(CancellationToken cancellation)
    {
        var checkout = Git.CheckoutLocator.Locate(folder);
        var stack = new ServiceStack(environment, checkout, narrator);
        using var hold = stack.Hold(cancellation);
        stack.Stop(StackServices.IfReadable(checkout));
    }

    private void Stop(
        ServiceStack stack,
        Git.Checkout checkout,
        IReadOnlyList<ServiceConfiguration> services
    )
    {
        var stopped = stack.Stop(services).Count;
        if (services.Count == 0 && ComposeCommands.MayRun(checkout))
        {
            stopped += ComposeStop.Run(environment, checkout, narrator).Count;
        }
        if (stopped == 0)
        {
            narrator.Say("nothing runs here");
        }
    }

    /// <summary>Stops and starts; the databases are kept unless the options say otherwise.</summary>
    public void Restart(StackOptions options, CancellationToken cancellation)
    {
        var known = WorktreeSetup.Identify(folder);
        var isCompose = ComposeCommands.AreFor(environment, known);
        var services = isCompose ? [] : StackServices.Require(known);
        var stack = new ServiceStack(environment, known.Identity.Checkout, narrator);
        using var hold = stack.Hold(cancellation);
        Stop(stack, known.Identity.Checkout, services);
        var kept = options.SyncDatabase ? options : new StackOptions(KeepDatabase: true);
        if (isCompose)
        {
            StartCompose(known, kept, cancellation);
            return;
        }
        Start(known, services, stack, kept, cancellation);
    }

    private Allocation SetUpWithFreePorts(
        KnownWorktree known,
        ServiceStack stack,
        DatabaseWish wish,
        CancellationToken cancellation
    )
    {
        // The ports are made sure of before the database, which may take long, is touched.
        var request = new SetupRequest(environment, folder, DatabaseWish.Keep);
        var allocation = WorktreeSetup.Run(request, narrator, cancellation).Allocation;
        var strangers = StrangersOn(allocation, stack.PortsToBeFree(known.Configuration.Services));
        if (strangers.Count > 0)
        {
            if (known.Identity.IsMain)
            {
                throw HeldPorts.Refuse(environment, strangers);
            }
            var replaced = WorktreeSetup.Run(
                request with
                {
                    HeldByStrangers = strangers.Select(s => s.Port).ToHashSet(),
                },
                narrator,
                cancellation
            );
            HeldPorts.SayReplaced(environment, strangers, replaced.Allocation, narrator);
        }
        var setup = WorktreeSetup
            .Run(request with { Database = wish }, narrator, cancellation)
            .RequireDatabases();
        if (wish != DatabaseWish.Keep && setup.Databases.Count > 0 && !known.Identity.IsMain)
        {
            foreach (var line in SetupSummary.DatabaseLines(setup))
            {
                narrator.Say(line);
            }
        }
        return setup.Allocation;
    }

    private static List<HeldPort> StrangersOn(
        Allocation allocation,
        IReadOnlySet<string> variables
    ) =>
        [
            .. allocation
                .Ports.Where(p => variables.Contains(p.Variable.Name))
                .Select(p => new HeldPort(p.Variable, p.Port, PortProbe.Probe(p.Port)))
                .Where(p => p.State != PortState.Free),
        ];

    private void StartServices(
        ServiceStack stack,
        Allocation allocation,
        CancellationToken cancellation
    )
    {
        var request = new SetupRequest(environment, folder, DatabaseWish.Keep);
        var lease = WorktreeSetup.ToAllocationRequest(
            request,
            allocation.Identity,
            allocation.Configuration
        );
        try
        {
            stack.Start(allocation, cancellation);
        }
        finally
        {
            LeaseAllocator.RecordProcesses(lease, stack.Processes, narrator);
        }
    }

    private static DatabaseWish WishOf(StackOptions options, bool isRunning) =>
        options.KeepDatabase ? DatabaseWish.Keep
        : options.SyncDatabase ? DatabaseWish.Sync
        : isRunning ? DatabaseWish.CopyMissing
        : DatabaseWish.SyncOnStart;

    private void NameOtherStacks(KnownWorktree known)
    {
        foreach (
            var row in WorktreeReport
                .Query(environment, folder, narrator)
                .Worktrees.Where(w => !w.Current)
        )
        {
            var other = new ServiceStack(environment, row.Checkout, narrator);
            if (other.IsRunning)
            {
                var ports = string.Join(", ", row.Ports.Select(p => $"{p.Key} {p.Value}"));
                narrator.Say(
                    $"{row.Name} of {known.Identity.Project} runs too ({ports}) and is left alone"
                );
            }
        }
    }

    private void SayUrls(KnownWorktree known)
    {
        var row = WorktreeReport
            .Query(environment, folder, narrator)
            .Worktrees.First(w => w.Current);
        var used = known
            .Configuration.Services.SelectMany(s => s.Ports)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var (name, url) in row.Urls.Where(u => used.Contains(u.Key)))
        {
            narrator.Say($"{name} {url}");
        }
    }
}
