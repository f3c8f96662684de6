using System.Globalization;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>Ports that somebody took between the look at them and the start of a container.</summary>
internal sealed class PortsStolenException(
    string service,
    IReadOnlyList<int> ports,
    Exception inner
) : Exception($"ports of '{service}' were taken", inner)
{
    /// <summary>The ports; none where they are free again already.</summary>
    public IReadOnlyList<int> Ports { get; } = ports;
}

/// <summary>The start of a service that is a container.</summary>
internal sealed class ContainerStart(
    HostEnvironment environment,
    ContainerStack stack,
    ServiceContainer container
) : ServiceStart(container.Service)
{
    private string id = "";

    /// <summary>Makes the container; one that runs as it is planned is taken over, as its start was killed.</summary>
    public override void Prepare(CancellationToken cancellation) =>
        Ask(() =>
            id = stack.Find(container) is { State: "running" } found
                ? found.Id
                : stack.Make(container, cancellation)
        );

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <exception cref="PortsStolenException">A port was taken meanwhile.</exception>
    /// <exception cref="WorktreeHooksException">WTH5002: it ended. WTH5003: it is unhealthy, or it took too long. WTH5010–WTH5017: the engine.</exception>
    public override void Run(CancellationToken cancellation) =>
        Ask(() =>
        {
            try
            {
                stack.Engine.Start(id, cancellation);
            }
            catch (EngineException e) when (e.Fault == EngineFault.PortTaken)
            {
                stack.Engine.Remove(id, CancellationToken.None);
                throw new PortsStolenException(Name, StolenPorts(e.Message), e);
            }
            AwaitReady(cancellation);
        });

    private void AwaitReady(CancellationToken cancellation)
    {
        using var probe = stack.ProbeOf(container, id);
        var since = environment.Clock.GetTimestamp();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var details = stack.Engine.Inspect(id, cancellation);
            if (!details.IsRunning)
            {
                if (IsOneShot && IsAsked(details.ExitCode))
                {
                    return;
                }
                throw Ended(details);
            }
            if (details.Health == "unhealthy")
            {
                throw NotReady("is unhealthy", probe.HealthWords(details));
            }
            if (probe.IsReady(details, cancellation))
            {
                return;
            }
            if (environment.Clock.GetElapsedTime(since) > Service.Ready.Timeout)
            {
                throw NotReady(
                    $"was not ready after {Service.Ready.Timeout.TotalSeconds:0.#} s: waited for {probe.Describe(details)}",
                    probe.HealthWords(details)
                );
            }
            cancellation.WaitHandle.WaitOne(20);
        }
    }

    private bool IsAsked(long exitCode) =>
        exitCode.ToString(CultureInfo.InvariantCulture) == container.ReadyValue;

    // The engine mostly names it.
    private List<int> StolenPorts(string words)
    {
        var ports = container.Ports.Select(p => p.HostPort).ToList();
        return EngineWords.PortIn(words) is { } named && ports.Contains(named) ? [named]
            : stack.Engine.IsRemote ? ports
            : ports.FindAll(p => PortProbe.Probe(p) != PortState.Free);
    }

    private WorktreeHooksException Ended(EngineContainerDetails details)
    {
        var reason = details.Error.Length > 0 ? $" ({details.Error.TrimEnd('.')})" : "";
        return new WorktreeHooksException(
            ErrorCatalogue.ServiceFailed,
            $"service '{Name}' ended with exit code {details.ExitCode}{reason} before it was ready."
                + $"{LastLines()} What was started with it was stopped again. Mend it in worktree.json or what it complains "
                + "of, and start again."
        );
    }

    private WorktreeHooksException NotReady(string what, string healthWords)
    {
        var health = healthWords.Length > 0 ? $" Its health check says '{healthWords}'." : "";
        return new WorktreeHooksException(
            ErrorCatalogue.ServiceNotReady,
            $"service '{Name}' {what}.{health}{LastLines()} What was started with it was stopped again. Mend it, or raise "
                + "\"timeout\" under \"ready\" in worktree.json."
        );
    }

    private string LastLines() =>
        ServiceLog.Said(stack.Engine.LastLines(id, ServiceLog.LinesToRead, CancellationToken.None));

    private void Ask(Action act)
    {
        try
        {
            act();
        }
        catch (EngineException e)
        {
            throw EngineErrors.Of(e, $"service '{Name}'");
        }
    }
}
