using System.ComponentModel;
using System.Globalization;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>The start of a service that is a process of this machine.</summary>
internal sealed class ProcessStart : ServiceStart
{
    private readonly HostEnvironment environment;
    private readonly StackRecord record;
    private readonly ServiceConfiguration service;
    private readonly ServiceEnvironment variables;
    private readonly string workingDirectory;
    private readonly string log;
    private readonly string readyValue;

    /// <summary>Prepares the start; nothing runs yet.</summary>
    /// <exception cref="WorktreeHooksException">WTH3007: a reference names nothing. WTH3003: the check makes no sense with its references filled in.</exception>
    public ProcessStart(
        HostEnvironment environment,
        Allocation allocation,
        ServiceConfiguration service,
        StackRecord record
    )
        : base(service)
    {
        this.environment = environment;
        this.service = service;
        this.record = record;
        Checkout = allocation.Identity.Checkout;
        variables = new ServiceEnvironment(environment, allocation, service);
        workingDirectory = Path.Combine(Checkout.Root, service.WorkingDirectory);
        log = ServiceLog.PathOf(Checkout, service.Name);
        readyValue = variables.FillReady();
    }

    private Checkout Checkout { get; }

    /// <summary>Starts the process, detached, with a log of its own, and waits until it is ready.</summary>
    /// <exception cref="WorktreeHooksException">WTH5002: it ended. WTH5003: it took too long. WTH5004: the command or its folder is not there.</exception>
    public override void Run(CancellationToken cancellation)
    {
        var launched = Launch();
        // Recorded before anything is waited for: whoever kills us now leaves a process that is known.
        record.Put(launched);
        AwaitReady(launched, cancellation);
        record.Put(launched with { IsReady = true });
    }

    private StartedService Launch()
    {
        ServiceLog.Begin(Checkout, service.Name);
        var command = service.Command.Select(variables.Fill).ToList();
        if (!Directory.Exists(workingDirectory))
        {
            throw NotStartable(command[0], $"its folder '{workingDirectory}' is not there");
        }
        try
        {
            var process = DetachedProcess.Start(
                new DetachedStart(command, workingDirectory, variables.Variables, log)
            );
            return new StartedService(
                service.Name,
                process,
                environment.Clock.GetUtcNow(),
                IsOneShot,
                IsReady: false
            );
        }
        catch (FileNotFoundException)
        {
            throw NotStartable(command[0], "there is no such program on the PATH");
        }
        catch (Win32Exception e)
        {
            throw NotStartable(command[0], e.Message);
        }
    }

    private void AwaitReady(StartedService started, CancellationToken cancellation)
    {
        var kind = service.Ready.Kind;
        using var probe = new ReadyProbe(environment, kind, readyValue, log);
        var since = environment.Clock.GetTimestamp();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (HasEnded(started, out var exitCode))
            {
                if (
                    kind == ReadyKind.Exit
                    && exitCode == int.Parse(readyValue, CultureInfo.InvariantCulture)
                )
                {
                    return;
                }
                throw Ended(exitCode);
            }
            if (probe.IsReady(cancellation))
            {
                return;
            }
            if (environment.Clock.GetElapsedTime(since) > service.Ready.Timeout)
            {
                throw NotReady(kind, readyValue);
            }
            cancellation.WaitHandle.WaitOne(20);
        }
    }

    private static bool HasEnded(StartedService started, out int? exitCode)
    {
        var hasEnded = !ProcessTable.IsAlive(started.Process);
        exitCode = hasEnded ? DetachedProcess.ExitCodeOf(started.Process) : null;
        return hasEnded;
    }

    private WorktreeHooksException Ended(int? exitCode) =>
        new(
            ErrorCatalogue.ServiceFailed,
            $"service '{service.Name}' ended{(exitCode is { } code ? $" with exit code {code}" : "")} before it was ready."
                + $"{LastLines()} Its log: '{log}'. Mend the command in worktree.json or what it complains of, and start again."
        );

    private WorktreeHooksException NotReady(ReadyKind kind, string value) =>
        new(
            ErrorCatalogue.ServiceNotReady,
            $"service '{service.Name}' was not ready after {service.Ready.Timeout.TotalSeconds:0.#} s: waited for "
                + $"{ReadyProbe.Describe(kind, value)}.{LastLines()} Its log: '{log}'. It was stopped again. Mend it, or "
                + "raise \"timeout\" under \"ready\" in worktree.json."
        );

    private WorktreeHooksException NotStartable(string command, string reason) =>
        new(
            ErrorCatalogue.CommandNotFound,
            $"'{command}' of service '{service.Name}' cannot be started: {reason}. Install it, or correct \"command\" in "
                + "worktree.json."
        );

    private string LastLines() => ServiceLog.Said(ServiceLog.Tail(log, ServiceLog.LinesToRead));
}
