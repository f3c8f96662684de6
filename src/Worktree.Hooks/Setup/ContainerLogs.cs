using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>What the containers of a worktree write. They are found by their label: whatever became of the compose file.</summary>
internal sealed class ContainerLogs : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly ContainerEngine engine;
    private readonly string gitDirectory;
    private readonly TimeProvider clock;

    private ContainerLogs(ContainerEngine engine, string gitDirectory, TimeProvider clock)
    {
        this.engine = engine;
        this.gitDirectory = gitDirectory;
        this.clock = clock;
        Services =
        [
            .. Containers(CancellationToken.None)
                .Select(WorktreeContainers.ServiceOf)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>The services that have containers now, running or not.</summary>
    public IReadOnlyList<string> Services { get; }

    /// <summary>The containers of a worktree; null where it never had any, and then no engine is asked.</summary>
    /// <exception cref="WorktreeHooksException">WTH5010–WTH5012: there is no engine to ask.</exception>
    public static ContainerLogs? Open(
        HostEnvironment environment,
        Checkout checkout,
        Narrator narrator
    )
    {
        return LeaseStore.Find(environment, checkout, narrator) is { HasContainers: true }
            ? Guarded(() =>
            {
                var connected = ContainerEngine.Connect(environment, CancellationToken.None);
                return new ContainerLogs(connected, checkout.GitDirectory, environment.Clock);
            })
            : null;
    }

    public void Dispose() => engine.Dispose();

    /// <summary>Hands on the last lines of these services, one service after another.</summary>
    /// <param name="services">The services.</param>
    /// <param name="lines">How many lines of each container.</param>
    /// <param name="print">Told the service and the line.</param>
    /// <param name="cancellation">Ends it.</param>
    public void Print(
        IReadOnlyList<string> services,
        int lines,
        Action<string, string> print,
        CancellationToken cancellation
    ) =>
        Guarded(() =>
        {
            foreach (var container in Of(services, cancellation))
            {
                Read(container, print, new LogWish(lines), cancellation);
            }
            return true;
        });

    /// <summary>Hands on the last lines and what comes, also of containers that a later start makes, until it is cancelled.</summary>
    /// <param name="services">The services; empty for all, also those that come.</param>
    /// <param name="lines">How many lines of what was written before.</param>
    /// <param name="print">Told the service and the line.</param>
    /// <param name="cancellation">Ends it, which is no error.</param>
    public void Follow(
        IReadOnlyList<string> services,
        int lines,
        Action<string, string> print,
        CancellationToken cancellation
    )
    {
        var followed = new Dictionary<string, Followed>(StringComparer.Ordinal);
        var tail = (int?)lines;
        try
        {
            do
            {
                foreach (var container in Guarded(() => Of(services, cancellation).ToList()))
                {
                    var former = followed.GetValueOrDefault(container.Id);
                    // A container that ended is read once, and again from there when it is started again.
                    if (former is null || (former.Reading.IsCompleted && container.IsRunning))
                    {
                        var ended = EndOf(container, cancellation);
                        var since = former?.After(ended);
                        var wish = new LogWish(former is null ? tail : null, true, since);
                        var reading = Task.Run(
                            () => ReadToEnd(container, print, wish, cancellation),
                            CancellationToken.None
                        );
                        followed[container.Id] = new Followed(reading, ended);
                    }
                }
                tail = null; // what comes later is new from its first line
            } while (!cancellation.WaitHandle.WaitOne(Pause));
        }
        catch (OperationCanceledException)
        {
            // the user has seen enough
        }
    }

    // Podman tells the end of a log a moment late: what a restarted container writes first may be older than that. Both
    // ends are told by the engine, whose clock may be another than ours.
    private sealed record Followed(Task<DateTimeOffset> Reading, DateTimeOffset FormerEnd)
    {
        public DateTimeOffset After(DateTimeOffset end) =>
            end > FormerEnd ? end : Reading.GetAwaiter().GetResult();
    }

    private DateTimeOffset EndOf(EngineContainer container, CancellationToken cancellation)
    {
        try
        {
            return engine.Inspect(container.Id, cancellation).FinishedAt;
        }
        catch (EngineException)
        {
            return default; // it was removed, as the next look at the containers tells
        }
    }

    private DateTimeOffset ReadToEnd(
        EngineContainer container,
        Action<string, string> print,
        LogWish wish,
        CancellationToken cancellation
    )
    {
        try
        {
            Read(container, print, wish, cancellation);
        }
        catch (OperationCanceledException)
        {
            // the user has seen enough
        }
        catch (EngineException)
        {
            // It was removed, or the engine ended: the next look at the containers tells.
        }
        return clock.GetUtcNow();
    }

    private void Read(
        EngineContainer container,
        Action<string, string> print,
        LogWish wish,
        CancellationToken cancellation
    ) =>
        engine.ReadLogs(
            container.Id,
            line => print(WorktreeContainers.ServiceOf(container), line),
            wish,
            cancellation
        );

    private IEnumerable<EngineContainer> Of(
        IReadOnlyList<string> services,
        CancellationToken cancellation
    ) =>
        Containers(cancellation)
            .Where(c =>
                services.Count == 0
                || services.Contains(WorktreeContainers.ServiceOf(c), StringComparer.Ordinal)
            );

    private IEnumerable<EngineContainer> Containers(CancellationToken cancellation) =>
        WorktreeContainers
            .ServicesOf(engine, gitDirectory, cancellation)
            .OrderBy(WorktreeContainers.ServiceOf, StringComparer.Ordinal)
            .ThenBy(c => c.Name, StringComparer.Ordinal);

    private static T Guarded<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (EngineException e)
        {
            throw EngineErrors.Of(e, "a container's log");
        }
    }
}
