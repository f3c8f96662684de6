using System.Collections.Concurrent;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>The services of one worktree, processes and containers: started in order, stopped, repaired where some have died.</summary>
internal sealed partial class ServiceStack(
    HostEnvironment environment,
    Checkout checkout,
    Narrator narrator
)
{
    private static readonly TimeSpan DefaultStopTimeout = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<string> done = new();

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

    /// <summary>The services that run now as they are meant to, and the steps that were done since this was made.</summary>
    public IReadOnlySet<string> Live(ContainerStack? containers, CancellationToken cancellation) =>
        StackState
            .Load(checkout)
            .Services.Where(s => ProcessTable.IsAlive(s.Process))
            .Select(s => s.Name)
            .Concat(containers?.Live(cancellation) ?? (IEnumerable<string>)[])
            .Concat(done)
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
    /// <param name="allocation">Names and ports.</param>
    /// <param name="containers">The containers among the services, planned; null where there are none.</param>
    /// <param name="live">What runs already.</param>
    /// <param name="cancellation">The user gives up.</param>
    /// <exception cref="PortsStolenException">A port of a container was taken meanwhile; the containers that run are left.</exception>
    /// <exception cref="WorktreeHooksException">WTH5002–WTH5004: a service; WTH3003, WTH3007: a value of it.</exception>
    public void Start(
        Allocation allocation,
        ContainerStack? containers,
        IReadOnlySet<string> live,
        CancellationToken cancellation
    )
    {
        var services = allocation.Configuration.Services;
        var record = new StackRecord(checkout);
        var before = record.State;
        // All of them are prepared first: a mistake in one is told before another has started.
        var starts = ServicePlan
            .Needed(services, live)
            .Select(s =>
                s.Container is null
                    ? new ProcessStart(environment, allocation, s, record)
                    : containers!.StartOf(s)
            )
            .ToDictionary(s => s.Name, StringComparer.Ordinal);
        var voice = new SerialNarrator(narrator);
        try
        {
            ServiceGraph.Forward(
                [.. starts.Values.Select(s => s.Service)],
                (s, token) => starts[s.Name].Prepare(token),
                (s, token) =>
                {
                    voice.Say($"starting {s.Name}");
                    starts[s.Name].Run(token);
                    if (starts[s.Name].IsOneShot)
                    {
                        done.Enqueue(s.Name);
                    }
                    voice.Say(
                        starts[s.Name].IsOneShot ? $"{s.Name} is done" : $"{s.Name} is ready"
                    );
                },
                cancellation
            );
        }
        catch
        {
            var started = record.State.Services.Where(s => !before.Services.Contains(s)).ToList();
            StopAll(started, services);
            record.Remove([.. started.Select(s => s.Name)]);
            throw;
        }
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
