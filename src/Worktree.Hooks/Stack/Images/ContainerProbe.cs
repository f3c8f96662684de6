using System.Globalization;
using System.Text.RegularExpressions;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>Asks a container whether its service is ready; each question is answered at once or within a few seconds.</summary>
internal sealed class ContainerProbe : IDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClosingTime = TimeSpan.FromMilliseconds(50);

    // Podman's proxy without root's rights takes 190 ms on a quiet machine.
    private static readonly TimeSpan RootlessClosingTime = TimeSpan.FromMilliseconds(600);

    private readonly ContainerEngine engine;
    private readonly ServiceContainer container;
    private readonly string id;
    private readonly ReadyProbe probe;
    private readonly HealthProbe health;
    private readonly PostgresProbe postgres;

    /// <summary>The check of a service's container.</summary>
    public ContainerProbe(
        HostEnvironment environment,
        ContainerEngine engine,
        ServiceContainer container,
        string id
    )
    {
        this.engine = engine;
        this.container = container;
        this.id = id;
        health = new HealthProbe(engine, environment.Clock);
        postgres = new PostgresProbe(engine);
        probe = new ReadyProbe(environment, Kind, container.ReadyValue, logFile: "")
        {
            Machine = engine.Machine,
            ClosingTime =
                Kind == ReadyKind.Tcp && engine.IsRootless ? RootlessClosingTime : ClosingTime,
        };
    }

    private ReadyKind Kind => container.Service.Ready.Kind;

    /// <summary>True where the service is ready; an exit is judged by the caller.</summary>
    /// <exception cref="WorktreeHooksException">WTH5004: the image has no pg_isready.</exception>
    public bool IsReady(EngineContainerDetails details, CancellationToken cancellation) =>
        Kind switch
        {
            ReadyKind.Started when details.HealthCommand.Count > 0 => IsHealthy(
                details,
                cancellation
            ),
            ReadyKind.PgIsReady => PostgresAccepts(details, cancellation),
            ReadyKind.Log => LogMatches(cancellation),
            ReadyKind.Exit => false,
            _ => probe.IsReady(cancellation),
        };

    /// <summary>The same of a container that may be gone.</summary>
    public bool IsReady(CancellationToken cancellation)
    {
        try
        {
            var details = engine.Inspect(id, cancellation);
            return Kind == ReadyKind.Started && details.HealthCommand.Count == 0
                ? details.IsRunning
                : IsReady(details, cancellation);
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            return false;
        }
    }

    /// <summary>What is being waited for, for a message.</summary>
    public string Describe(EngineContainerDetails details) =>
        Kind == ReadyKind.Started && details.HealthCommand.Count > 0
            ? $"its health check ('{string.Join(' ', details.HealthCommand)}')"
            : ReadyProbe.Describe(Kind, container.ReadyValue);

    /// <summary>What its health check wrote last; empty where it wrote nothing.</summary>
    public string HealthWords(EngineContainerDetails details) => health.Said(id, details);

    public void Dispose() => probe.Dispose();

    // The engine asks now and then; we ask at once.
    private bool IsHealthy(EngineContainerDetails details, CancellationToken cancellation)
    {
        var answer = container.Image.Contains("postg", StringComparison.Ordinal)
            ? postgres.Accepts(id, details, null, cancellation)
            : null;
        return answer != false
            && (
                details.Health == "healthy"
                || (answer == true && PostgresProbe.IsMadeBy(details.HealthCommand))
                || health.Passes(id, details, cancellation)
            );
    }

    private bool PostgresAccepts(EngineContainerDetails details, CancellationToken cancellation)
    {
        var port = int.Parse(container.ReadyValue, CultureInfo.InvariantCulture);
        var inside = container.Ports.FirstOrDefault(p => p.HostPort == port)?.ContainerPort ?? port;
        return postgres.Accepts(id, details, inside, cancellation)
            ?? throw new WorktreeHooksException(
                ErrorCatalogue.CommandNotFound,
                $"the image '{container.Image}' of service '{container.Service.Name}' has no 'pg_isready'. Use an image of "
                    + "PostgreSQL, or another check under \"ready\" in worktree.json."
            );
    }

    private bool LogMatches(CancellationToken cancellation)
    {
        try
        {
            return Regex.IsMatch(
                string.Join('\n', engine.LastLines(id, null, cancellation)),
                container.ReadyValue,
                RegexOptions.Multiline,
                AnswerTime
            );
        }
        catch (RegexMatchTimeoutException)
        {
            return false; // as with every other check, the service's own time limit decides
        }
    }
}
