using System.Globalization;
using System.Net;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>Judges whether a compose service is ready: its health check, pg_isready, an answer on its URL, or its end with 0.</summary>
internal sealed class ComposeReadiness(
    ContainerEngine engine,
    PreparedCompose prepared,
    IReadOnlyDictionary<int, string> urls,
    CancellationToken cancellation
)
{
    // A command that cannot work ends at once: give it the time to do so.
    private static readonly TimeSpan SettlingTime = TimeSpan.FromMilliseconds(200);

    private readonly HostEnvironment environment = prepared.Call.Environment;
    private readonly PostgresProbe postgres = new(engine);
    private readonly HealthProbe probe = new(engine, prepared.Call.Environment.Clock);
    private readonly IReadOnlySet<string> oneShots = prepared.OneShots;

    /// <summary>True where the service's container is ready.</summary>
    /// <param name="container">As the engine has just listed it.</param>
    /// <param name="service">Its service.</param>
    /// <param name="startedAt">When it was started, by our clock.</param>
    /// <exception cref="WorktreeHooksException">WTH5002: it ended. WTH5003: it is unhealthy.</exception>
    public bool IsReady(EngineContainer container, ComposeService service, DateTimeOffset startedAt)
    {
        var name = WorktreeContainers.ServiceOf(container);
        if (!container.IsRunning)
        {
            return HasDoneItsStep(name, service, container)
                || (container.State is "exited" or "dead" ? throw Ended(container) : false);
        }
        return !oneShots.Contains(name)
            && container.State != "restarting"
            && AnswersWell(name, container, service, startedAt);
    }

    /// <summary>True for one that has ended with 0 and is not meant to run on.</summary>
    public bool HasDoneItsStep(string name, ComposeService service, EngineContainer container) =>
        container.State == "exited"
        && (
            oneShots.Contains(name)
            || service is { Restart: null or "no", Ports.Count: 0, HasHealthcheck: false }
        )
        && engine.Inspect(container.Id, cancellation).ExitCode == 0;

    /// <summary>True where a running container has no health check, or passes it.</summary>
    public bool IsHealthy(EngineContainer container)
    {
        var details = engine.Inspect(container.Id, cancellation);
        return details.Health is null or "healthy"
            || (details.Health == "starting" && probe.Passes(container.Id, details, cancellation));
    }

    /// <summary>WTH5003: one service is not ready after all that time.</summary>
    public WorktreeHooksException NotReady(
        string service,
        EngineContainer? container,
        TimeSpan patience
    ) =>
        new(
            ErrorCatalogue.ServiceNotReady,
            $"service '{service}' of the compose file was not ready after {patience.TotalSeconds:0} s"
                + (
                    container is null ? ""
                    : container.State == "restarting" ? ": it ends and is started again and again"
                    : engine.Inspect(container.Id, cancellation) is { Health: not null } details
                        ? $": its health check says '{probe.Said(container.Id, details)}'"
                    : ""
                )
                + $".{LastLines(container)} What was started with it was stopped again. Mend it or its health check, or "
                + "raise \"composeTimeout\" in worktree.json."
        );

    private bool AnswersWell(
        string name,
        EngineContainer container,
        ComposeService service,
        DateTimeOffset startedAt
    )
    {
        var details = engine.Inspect(container.Id, cancellation);
        if (!details.IsRunning || details.IsRestarting)
        {
            return false; // it ended in this moment, which the engine calls unhealthy too
        }
        if (details.Health == "unhealthy")
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.ServiceNotReady,
                $"service '{name}' is unhealthy: its health check says '{probe.Said(container.Id, details)}'.{LastLines(container)} What was "
                    + "started with it was stopped again. Mend it or its health check in the compose file."
            );
        }
        var answer = ComposeProbe.IsPostgres(service)
            ? postgres.Accepts(container.Id, details, null, cancellation)
            : null;
        if (answer == false)
        {
            return false;
        }
        if (details.Health is not null)
        {
            return details.Health == "healthy"
                || (answer == true && PostgresProbe.IsMadeBy(details.HealthCommand))
                || probe.Passes(container.Id, details, cancellation);
        }
        var url = container
            .Ports.Where(p => p.Protocol == EnginePort.Tcp && IsReachable(p, service))
            .Select(p => urls.GetValueOrDefault(p.HostPort))
            .FirstOrDefault(u => u is not null);
        return url is not null
            ? ComposeProbe.Answers(url, environment, engine.Machine, cancellation)
            : environment.Clock.GetUtcNow() - startedAt >= SettlingTime;
    }

    // What another machine publishes on its loopback address cannot be asked from here.
    private bool IsReachable(EnginePort port, ComposeService service) =>
        !engine.IsRemote
        || service.Ports.Any(p =>
            Publishes(p, port)
            && !(IPAddress.TryParse(p.HostIp, out var address) && IPAddress.IsLoopback(address))
        );

    // Of a range, and where none is named, the engine chose one.
    private static bool Publishes(ComposePort wished, EnginePort port) =>
        wished.Target == port.ContainerPort
        && (wished.Protocol ?? EnginePort.Tcp) == port.Protocol
        && (
            !int.TryParse(wished.Published, CultureInfo.InvariantCulture, out var published)
            || published == port.HostPort
        );

    private WorktreeHooksException Ended(EngineContainer container) =>
        new(
            ErrorCatalogue.ServiceFailed,
            $"service '{WorktreeContainers.ServiceOf(container)}' of the compose file ended with exit code "
                + $"{engine.Inspect(container.Id, cancellation).ExitCode}.{LastLines(container)} What was started with it was "
                + "stopped again. Mend it and start again."
        );

    private string LastLines(EngineContainer? container) =>
        ServiceLog.Said(
            container is null
                ? []
                : engine.LastLines(container.Id, ServiceLog.LinesToRead, cancellation)
        );
}
