using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>What a start does with the databases; both false leaves it to <c>"onStart"</c> in worktree.json.</summary>
/// <param name="KeepDatabase">Leave them as they are.</param>
/// <param name="SyncDatabase">Refresh them from main, whatever worktree.json says.</param>
internal sealed record StackOptions(bool KeepDatabase = false, bool SyncDatabase = false)
{
    /// <summary>False where other stacks need not be named, as they are all being started.</summary>
    public bool NameOthers { get; init; } = true;
}

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
        var services = RequireServices(known);
        var stack = new ServiceStack(environment, known.Identity.Checkout, narrator);
        using var hold = stack.Hold(cancellation);
        Start(known, services, stack, options, cancellation);
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
        Stop(stack, ServicesIfReadable(checkout));
    }

    private void Stop(ServiceStack stack, IReadOnlyList<ServiceConfiguration> services)
    {
        var stopped = stack.Stop(services);
        if (stopped.Count == 0)
        {
            narrator.Say("nothing runs here");
        }
    }

    /// <summary>Stops and starts; the databases are kept unless the options say otherwise.</summary>
    public void Restart(StackOptions options, CancellationToken cancellation)
    {
        var known = WorktreeSetup.Identify(folder);
        var services = RequireServices(known);
        var stack = new ServiceStack(environment, known.Identity.Checkout, narrator);
        using var hold = stack.Hold(cancellation);
        Stop(stack, services);
        var kept = options.SyncDatabase ? options : new StackOptions(KeepDatabase: true);
        Start(known, services, stack, kept, cancellation);
    }

    private static IReadOnlyList<ServiceConfiguration> RequireServices(KnownWorktree known) =>
        known.Configuration.Services.Count > 0
            ? known.Configuration.Services
            : throw new WorktreeHooksException(
                ErrorCatalogue.NoStack,
                $"'{known.Identity.Checkout.Root}' has no stack: "
                    + (
                        known.Configuration.File is { } file
                            ? $"'{file}' names"
                            : "there is no worktree.json that names"
                    )
                    + " no \"services\". Name them, or start the app by hand: its ports are in .env.local."
            );

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

    // A damaged worktree.json must not keep anybody from stopping what runs.
    private static IReadOnlyList<ServiceConfiguration> ServicesIfReadable(Git.Checkout checkout)
    {
        try
        {
            return KnownWorktree.Of(checkout).Configuration.Services;
        }
        catch (WorktreeHooksException)
        {
            return [];
        }
    }
}
