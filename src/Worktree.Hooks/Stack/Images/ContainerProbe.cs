using System.Globalization;
using System.Text.RegularExpressions;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>Asks a container whether its service is ready; each question is answered at once or within a few seconds.</summary>
internal sealed class ContainerProbe : IDisposable
{
    // What a shell says of a program that it cannot start, and the engine of one that is not in the image.
    private const long NotExecutable = 126;
    private const long NotFound = 127;
    private const int DefaultPostgresPort = 5432;
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);

    private readonly ContainerEngine engine;
    private readonly ServiceContainer container;
    private readonly string id;
    private readonly ReadyProbe probe;
    private readonly HealthProbe health;

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
        probe = new ReadyProbe(environment, Kind, container.ReadyValue, logFile: "")
        {
            Machine = engine.IsRemote ? engine.Endpoint.Host : null,
            BehindProxy = true,
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
            ReadyKind.PgIsReady => PostgresAccepts(cancellation),
            ReadyKind.Log => LogMatches(cancellation),
            ReadyKind.Exit => false,
            _ => probe.IsReady(),
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

    // The engine asks now and then; we ask at once. While a PostgreSQL image makes the cluster, a server answers on the
    // socket alone, also to a health check.
    private bool IsHealthy(EngineContainerDetails details, CancellationToken cancellation) =>
        (
            !container.Image.Contains("postg", StringComparison.Ordinal)
            || AskPostgres(DefaultPostgresPort, cancellation) is 0 or NotExecutable or NotFound
        ) && (details.Health == "healthy" || health.Passes(id, details, cancellation));

    private long? AskPostgres(int port, CancellationToken cancellation) =>
        Answer(
            [
                "pg_isready",
                "--quiet",
                "--host=127.0.0.1",
                string.Create(CultureInfo.InvariantCulture, $"--port={port}"),
            ],
            cancellation
        );

    private bool PostgresAccepts(CancellationToken cancellation)
    {
        var port = int.Parse(container.ReadyValue, CultureInfo.InvariantCulture);
        var inside = container.Ports.FirstOrDefault(p => p.HostPort == port)?.ContainerPort ?? port;
        var code = AskPostgres(inside, cancellation);
        return code is NotExecutable or NotFound
            ? throw new WorktreeHooksException(
                ErrorCatalogue.CommandNotFound,
                $"the image '{container.Image}' of service '{container.Service.Name}' has no 'pg_isready'. Use an image of "
                    + "PostgreSQL, or another check under \"ready\" in worktree.json."
            )
            : code == 0;
    }

    private bool LogMatches(CancellationToken cancellation)
    {
        try
        {
            return Regex.IsMatch(
                string.Join('\n', engine.LastLines(id, int.MaxValue, cancellation)),
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

    /// <summary>The exit code of a command in the container; null where it does not end or the container did.</summary>
    private long? Answer(IReadOnlyList<string> command, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerTime);
        try
        {
            return engine.Exec(id, command, limit.Token).ExitCode;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
        catch (EngineException e) when (e.Fault is EngineFault.Other or EngineFault.NotFound)
        {
            return null; // it ended meanwhile, which the next look shows
        }
    }
}
