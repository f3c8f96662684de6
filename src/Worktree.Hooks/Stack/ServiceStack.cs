using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>The services of one worktree: started in order, stopped by group, repaired where some have died.</summary>
internal sealed class ServiceStack(
    HostEnvironment environment,
    Checkout checkout,
    Narrator narrator
)
{
    private static readonly TimeSpan DefaultStopTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Waits until no other start or stop of this stack is under way, and keeps others waiting until it is disposed.
    /// <see cref="CleanUp"/>, <see cref="Start"/> and <see cref="Stop"/> are called under it.
    /// </summary>
    /// <exception cref="OperationCanceledException">The user gave up waiting.</exception>
    public FileLock Hold(CancellationToken cancellation)
    {
        var path = Path.Combine(checkout.StateDirectory, "stack.lock");
        var isSaid = false;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (FileLock.TryAcquire(path) is { } hold)
            {
                return hold;
            }
            if (!isSaid)
            {
                narrator.Say("another start or stop of this stack is under way: waiting for it");
                isSaid = true;
            }
            cancellation.WaitHandle.WaitOne(20);
        }
    }

    /// <summary>True while a service of the stack runs that is meant to run on.</summary>
    public bool IsRunning => Live(StackState.Load(checkout)).Any(s => !s.IsOneShot);

    /// <summary>The services that run now.</summary>
    public IReadOnlyList<StartedService> Running => [.. Live(StackState.Load(checkout))];

    /// <summary>The processes of the stack, to be remembered in the lease.</summary>
    public IReadOnlyList<ProcessRecord> Processes => [.. Running.Select(s => s.Process)];

    /// <summary>True where every service that is meant to run on, runs.</summary>
    public bool IsComplete(IReadOnlyList<ServiceConfiguration> services) =>
        services.Any(s => !ServicePlan.IsOneShot(s))
        && ServicePlan.Missing(services, StackState.Load(checkout)).Count == 0;

    /// <summary>The port variables of the services that are to be started, which must be free before.</summary>
    public IReadOnlySet<string> PortsToBeFree(IReadOnlyList<ServiceConfiguration> services) =>
        ServicePlan
            .Missing(services, StackState.Load(checkout))
            .SelectMany(s => s.Ports)
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>
    /// Stops what a killed start left: services that never got ready, and processes that nobody recorded.
    /// </summary>
    public void CleanUp(IReadOnlyList<ServiceConfiguration> services)
    {
        var state = StackState.Load(checkout);
        var unready = state.Services.Where(s => !s.IsReady).ToList();
        if (unready.Count > 0)
        {
            StopAll(unready, services);
            state = state.Without([.. unready.Select(s => s.Name)]);
            state.Save(checkout);
        }
        StopLeftovers(state);
    }

    /// <summary>
    /// Starts what does not run yet, each service when those that it depends on are ready, and says so. Where one
    /// fails, or the user gives up, what this start had started is stopped again; what ran before runs on.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH5002–WTH5004: a service; WTH3003, WTH3007: a value of it.</exception>
    public void Start(Allocation allocation, CancellationToken cancellation)
    {
        var services = allocation.Configuration.Services;
        var state = StackState.Load(checkout);
        var started = new List<StartedService>();
        // All of them are prepared first: a mistake in one is told before another has started.
        var starts = ServicePlan
            .InOrder(ServicePlan.Needed(services, state))
            .Select(s => new ServiceStart(environment, allocation, s))
            .ToList();
        try
        {
            foreach (var start in starts)
            {
                narrator.Say($"starting {start.Name}");
                var launched = start.Launch();
                started.Add(launched);
                // Recorded before anything is waited for: whoever kills us now leaves a process that is known.
                state = state.With(launched);
                state.Save(checkout);
                start.AwaitReady(launched, cancellation);
                state = state.With(launched with { IsReady = true });
                state.Save(checkout);
                narrator.Say(
                    launched.IsOneShot ? $"{start.Name} is done" : $"{start.Name} is ready"
                );
            }
        }
        catch
        {
            StopAll(started, services);
            state.Without([.. started.Select(s => s.Name)]).Save(checkout);
            throw;
        }
    }

    /// <summary>Stops every service, each before those that it depends on, and whatever else carries this worktree's mark; data stays.</summary>
    /// <returns>The names of the services that ran.</returns>
    public IReadOnlyList<string> Stop(IReadOnlyList<ServiceConfiguration> services)
    {
        var state = StackState.Load(checkout);
        var stopped = StopAll(state.Services, services);
        StopLeftovers(new StackState([]));
        new StackState([]).Save(checkout);
        return stopped;
    }

    private List<string> StopAll(
        IReadOnlyList<StartedService> started,
        IReadOnlyList<ServiceConfiguration> services
    )
    {
        var stopped = new List<string>();
        var order = ServicePlan.InOrder(services).Select(s => s.Name).ToList();
        // A repaired service was started after those that need it; one that worktree.json does not name goes last.
        foreach (var service in started.Reverse().OrderByDescending(s => order.IndexOf(s.Name)))
        {
            var grace =
                services.FirstOrDefault(s => s.Name == service.Name)?.StopTimeout
                ?? DefaultStopTimeout;
            if (ProcessTable.StopGroup(service.Process, grace))
            {
                stopped.Add(service.Name);
                narrator.Say($"stopped {service.Name}");
            }
            if (!ProcessTable.IsAlive(service.Process))
            {
                // Reaps it where it is our own child, as an MSBuild node lives on.
                _ = DetachedProcess.ExitCodeOf(service.Process);
            }
        }
        return stopped;
    }

    /// <summary>
    /// Stops processes that carry this worktree's mark and belong to no living service: their starter was killed
    /// between the start and the record, or they outlived their service.
    /// </summary>
    private void StopLeftovers(StackState state)
    {
        // Inside a service of this very stack everything around us carries the mark.
        if (
            !OperatingSystem.IsLinux()
            || environment.Variable(ServiceEnvironment.Marker) is not null
        )
        {
            return;
        }
        var mark = $"{ServiceEnvironment.Marker}={ServiceEnvironment.MarkOf(checkout)}";
        var known = state
            .Services.Where(s => ProcessTable.IsAlive(s.Process))
            .Select(s => s.Process.Group)
            .ToHashSet();
        var unknown = LinuxProcess
            .All()
            .Where(p => !p.IsZombie && !known.Contains(p.Group))
            .Where(p => LinuxProcess.EnvironmentOf(p.Id).Contains(mark, StringComparer.Ordinal));
        foreach (var process in unknown.DistinctBy(p => p.Group).ToList())
        {
            var record = new ProcessRecord(
                process.Id,
                process.Group,
                process.StartTime,
                LinuxProcess.BootId
            );
            if (ProcessTable.StopGroup(record, DefaultStopTimeout))
            {
                narrator.Say($"stopped process {process.Id}, which was left over");
            }
        }
    }

    private static IEnumerable<StartedService> Live(StackState state) =>
        state.Services.Where(s => ProcessTable.HasMembers(s.Process));
}
