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
            // Processes that worktree.json named before there was a compose file.
            var ranProcesses = stack.IsRunning && stack.Stop([]).Count > 0;
            StartCompose(known, options, ranProcesses, cancellation);
            return;
        }
        using var hold = stack.Hold(cancellation);
        StartServices(known, stack, options, cancellation);
    }

    private void StartServices(
        KnownWorktree known,
        ServiceStack stack,
        StackOptions options,
        CancellationToken cancellation
    ) =>
        new ServiceCommands(environment, known, stack, narrator, cancellation).Start(
            isRunning => WishOf(options, isRunning),
            options.NameOthers
        );

    private void StartCompose(
        KnownWorktree known,
        StackOptions options,
        bool ranProcesses,
        CancellationToken cancellation
    )
    {
        if (known.Configuration.Certificate)
        {
            DevelopmentCertificate.Ensure(environment, known.Identity.Checkout, narrator);
        }
        new ComposeCommands(environment, known, narrator, cancellation).Start(
            isRunning => WishOf(options, isRunning || ranProcesses),
            options.NameOthers
        );
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
        var isCompose = services.Count == 0 && ComposeCommands.MayRun(checkout);
        var stopped = isCompose
            ? stack.Stop(services).Count + ComposeStop.Run(environment, checkout, narrator).Count
            : ServiceStop.Run(environment, checkout, services, stack, narrator);
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
            StartCompose(known, kept, ranProcesses: false, cancellation);
            return;
        }
        StartServices(known, stack, kept, cancellation);
    }

    private static DatabaseWish WishOf(StackOptions options, bool isRunning) =>
        options.KeepDatabase ? DatabaseWish.Keep
        : options.SyncDatabase ? DatabaseWish.Sync
        : isRunning ? DatabaseWish.CopyMissing
        : DatabaseWish.SyncOnStart;
}
