using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>
/// Starts the containers that Compose has made: each service when those that it depends on are as far as the file wants
/// them, and then waits until all are ready. Compose itself would look twice a second, and at a health check when the
/// engine has run it.
/// </summary>
internal sealed class ComposeStart(
    ContainerEngine engine,
    ComposeStack stack,
    ComposeReadiness readiness,
    IReadOnlySet<string> done,
    Narrator narrator,
    CancellationToken cancellation
)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);

    // What takes longer than this is not looked at so often.
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongPause = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider clock = stack.Prepared.Call.Environment.Clock;
    private readonly IReadOnlyDictionary<string, ComposeService> services =
        stack.Wanted.ToDictionary(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> started = new(StringComparer.Ordinal);
    private readonly HashSet<string> ready = new(StringComparer.Ordinal);

    /// <summary>The steps that ended with 0 in this start and are not to be done twice, if a port is taken meanwhile.</summary>
    public IReadOnlySet<string> Done =>
        ready.Where(s => !stack.Running.Contains(s)).ToHashSet(StringComparer.Ordinal);

    /// <summary>Starts them and waits.</summary>
    /// <param name="patience">How long nothing may get on.</param>
    /// <exception cref="EngineException">A port is held by somebody, or the engine ended.</exception>
    /// <exception cref="WorktreeHooksException">WTH5002: one ended. WTH5003: one is unhealthy, or it takes too long.</exception>
    public void Run(TimeSpan patience)
    {
        var lastStep = clock.GetUtcNow();
        foreach (var step in stack.ByService().Where(c => c.All(IsDone)))
        {
            started[step.Key] = lastStep;
            ready.Add(step.Key);
        }
        while (ready.Count < services.Count)
        {
            cancellation.ThrowIfCancellationRequested();
            var containers = stack.ByService();
            if (Start(containers) || NoteReady(containers))
            {
                lastStep = clock.GetUtcNow();
                continue;
            }
            var waited = clock.GetUtcNow() - lastStep;
            if (waited > patience)
            {
                var late = services.Keys.First(s => started.ContainsKey(s) && !ready.Contains(s));
                throw readiness.NotReady(late, containers[late].FirstOrDefault(), patience);
            }
            cancellation.WaitHandle.WaitOne(waited < ShortWait ? Pause : LongPause);
        }
    }

    private bool Start(ILookup<string, EngineContainer> containers)
    {
        var next = services
            .Where(s =>
                !started.ContainsKey(s.Key)
                && s.Value.DependsOn.All(d => IsFarEnough(d.Key, d.Value))
            )
            .ToList();
        WorktreeContainers.Each(next, s => Start(s.Key, s.Value, containers[s.Key]));
        foreach (var (name, _) in next)
        {
            started[name] = clock.GetUtcNow();
        }
        return next.Count > 0;
    }

    private void Start(string name, ComposeService service, IEnumerable<EngineContainer> containers)
    {
        var stopped = containers.Where(c => !c.IsRunning).ToList();
        if (stopped.Count == 0)
        {
            return;
        }
        narrator.Say($"starting {name}");
        if (stack.MustStartByCompose(service))
        {
            stack.StartByCompose(name);
            return;
        }
        try
        {
            foreach (var container in stopped)
            {
                engine.Start(container.Id, cancellation);
            }
        }
        catch (EngineException e) when (e.Fault is not EngineFault.PortTaken)
        {
            throw EngineErrors.Of(e, $"service '{name}'");
        }
    }

    private bool NoteReady(ILookup<string, EngineContainer> containers)
    {
        var newly = services
            .Where(s =>
                started.TryGetValue(s.Key, out var at)
                && !ready.Contains(s.Key)
                && containers[s.Key].Any()
                && containers[s.Key].All(c => readiness.IsReady(c, s.Value, at))
            )
            .Select(s => s.Key)
            .ToList();
        foreach (var name in newly)
        {
            ready.Add(name);
            narrator.Say(
                containers[name].Any(c => c.IsRunning) ? $"{name} is ready" : $"{name} is done"
            );
        }
        return newly.Count > 0;
    }

    // A container that Compose made anew has not done its step.
    private bool IsDone(EngineContainer container)
    {
        var name = WorktreeContainers.ServiceOf(container);
        return done.Contains(name)
            && services.TryGetValue(name, out var service)
            && readiness.HasDoneItsStep(name, service, container);
    }

    // A dependency that is not wanted here, as its profile is off, need not be there.
    private bool IsFarEnough(string name, ComposeDependency dependency) =>
        !services.ContainsKey(name)
        || (
            dependency.Condition is ComposeDependency.Healthy or ComposeDependency.Completed
                ? ready.Contains(name)
                : started.ContainsKey(name)
        );
}
