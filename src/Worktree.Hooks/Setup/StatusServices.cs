using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>The services of one worktree at one moment.</summary>
/// <param name="Services">Those that are to run, and those that do.</param>
/// <param name="Steps">The names of the one-shot ones, which are not expected to run on.</param>
/// <param name="IsThere">True where there is something to start, also where its services are not known yet.</param>
internal sealed record StatusStack(
    IReadOnlyList<ServiceRow> Services,
    IReadOnlySet<string> Steps,
    bool IsThere
)
{
    /// <summary>The services that run, without steps that are at it.</summary>
    public IReadOnlyList<ServiceRow> Running =>
        [.. Services.Where(r => r.State is "running" or "unhealthy" && !Steps.Contains(r.Name))];

    /// <summary>The word for all of it; see <see cref="StatusRow"/>.</summary>
    public string State =>
        Services.Count == 0 && !IsThere ? "no stack"
        : Running.Count == 0 ? "stopped"
        : Services.Any(r => r.State is "stopped" or "unhealthy" && !Steps.Contains(r.Name))
            ? "partly running"
        : "running";
}

/// <summary>Tells the services of one worktree from its worktree.json, its compose file's last start, and its containers.</summary>
/// <param name="environment">The environment of the process.</param>
/// <param name="checkout">The worktree.</param>
/// <param name="known">Its worktree.json; null where that is damaged.</param>
/// <param name="memory">What processes take.</param>
internal sealed class StatusServices(
    HostEnvironment environment,
    Checkout checkout,
    KnownWorktree? known,
    ProcessMemory memory
)
{
    /// <summary>The stack, with these containers of it; neither Compose nor the engine is asked.</summary>
    public StatusStack With(IReadOnlyList<ServiceRow> containers) =>
        known is { Configuration.Services: { Count: > 0 } services }
            ? OfConfiguration(services, containers)
            : OfCompose(containers);

    /// <summary>When a file was last written; one that is not there is very old: the year 1601.</summary>
    public static DateTimeOffset TimeOf(string file) => new(File.GetLastWriteTimeUtc(file));

    // In the order of worktree.json, and then what only the engine knows.
    private StatusStack OfConfiguration(
        IReadOnlyList<ServiceConfiguration> services,
        IReadOnlyList<ServiceRow> containers
    )
    {
        var state = StackState.Load(checkout);
        ServiceRow[] rows =
        [
            .. services.Select(s =>
                s.Container is null ? ServiceOf(s, state.Find(s.Name)) : ContainerOf(s, containers)
            ),
            .. containers.Where(c => services.All(s => s.Container is null || s.Name != c.Name)),
        ];
        var steps = services.Where(ServicePlan.IsOneShot).Select(s => s.Name);
        return new(rows, steps.ToHashSet(StringComparer.Ordinal), IsThere: true);
    }

    // In the order of their names: the record and the engine know no other.
    private StatusStack OfCompose(IReadOnlyList<ServiceRow> containers)
    {
        var hasFile = HasComposeFile();
        // A damaged worktree.json may name services, and then no compose file was started last.
        var wanted = known is null ? [] : ComposeRecord.Load(checkout)?.Services ?? [];
        if (!hasFile && !wanted.Any(w => containers.Any(c => c.Name == w.Name)))
        {
            wanted = []; // without its file the stack is only what still has containers
        }
        var missing = wanted
            .Where(w => containers.All(c => c.Name != w.Name))
            .Select(w => WithoutContainer(w.Name));
        return new(
            [.. containers.Concat(missing).OrderBy(r => r.Name, StringComparer.Ordinal)],
            wanted.Where(w => w.IsOneShot).Select(w => w.Name).ToHashSet(StringComparer.Ordinal),
            hasFile
        );
    }

    private bool HasComposeFile()
    {
        try
        {
            return known is not null
                && ComposeFiles.Find(environment, checkout.Root, known.Configuration) is not null;
        }
        catch (WorktreeHooksException)
        {
            return false; // a file that is named and not there is gone; a start says so
        }
    }

    // Only a step may be done: anything else that has ended is missing.
    private static ServiceRow ContainerOf(
        ServiceConfiguration service,
        IReadOnlyList<ServiceRow> containers
    )
    {
        var row =
            containers.FirstOrDefault(c => c.Name == service.Name)
            ?? WithoutContainer(service.Name);
        return row.State == "done" && !ServicePlan.IsOneShot(service)
            ? row with
            {
                State = "stopped",
            }
            : row;
    }

    private static ServiceRow WithoutContainer(string name) =>
        new(name, "stopped", null, Since: null, null, Log: null, Container: null, LastLineAt: null);

    private ServiceRow ServiceOf(ServiceConfiguration service, StartedService? started)
    {
        var isAlive = started is not null && ProcessTable.IsAlive(started.Process);
        var word =
            isAlive ? "running"
            : started is { IsOneShot: true } ? "done"
            : "stopped";
        var log = ServiceLog.PathOf(checkout, service.Name);
        return new ServiceRow(
            service.Name,
            word,
            isAlive ? started!.Process.Id : null,
            started?.StartedAt,
            isAlive ? memory.Of(started!.Process) : null,
            log,
            Container: null,
            TimeOf(log)
        );
    }
}
