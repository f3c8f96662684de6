using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>Prepares a worktree's compose project: its files, ports for those that they name outright, and the override.</summary>
internal static class ComposeSetup
{
    private static readonly string[] OptionsWithValue =
    [
        "--ansi",
        "--env-file",
        "--parallel",
        "--profile",
        "--progress",
        "--project-directory",
        "--project-name",
        "-p",
        "--workdir",
    ];

    /// <summary>The compose project of a worktree that is set up; null where it has no compose file.</summary>
    /// <param name="request">The worktree, and ports that are held by strangers.</param>
    /// <param name="allocation">Its names and ports.</param>
    /// <param name="toolOf">The Compose of this machine; asked where there is a compose file.</param>
    /// <param name="isForPodman">True where Podman is to run it; asked where there is a compose file.</param>
    /// <param name="narrator">Hears of trouble with the leases.</param>
    /// <exception cref="WorktreeHooksException">WTH5030–WTH5034: Compose, its file, or something in it. WTH2001: no port is left.</exception>
    public static PreparedCompose? Prepare(
        SetupRequest request,
        Allocation allocation,
        Func<ComposeTool> toolOf,
        Func<bool> isForPodman,
        Narrator narrator
    )
    {
        var root = allocation.Identity.Checkout.Root;
        var files = ComposeFiles.Find(request.Environment, root, allocation.Configuration);
        if (files is null)
        {
            return null;
        }
        var tool = toolOf();
        var isPodman = isForPodman();
        var environment = EnvironmentFor(isPodman, request.Environment);
        var preparation = new ComposePreparation(environment, tool, files, isPodman);
        var reading = preparation.Read(allocation);
        var literals = ComposePorts.Literals(reading);
        if (request.HeldByStrangers.Count > 0 || !literals.SetEquals(allocation.LiteralPorts.Keys))
        {
            var leased = WorktreeSetup.ToAllocationRequest(
                request,
                allocation.Identity,
                allocation.Configuration
            ) with
            {
                LiteralPorts = literals,
            };
            reading = reading with { Allocation = LeaseAllocator.Allocate(leased, narrator) };
        }
        var prepared = preparation.Prepare(reading);
        LeaseAllocator.RecordContainers(
            WorktreeSetup.ToAllocationRequest(
                request,
                allocation.Identity,
                allocation.Configuration
            ),
            narrator
        );
        return prepared;
    }

    /// <summary>
    /// A <c>docker compose</c> command line with the worktree's project, env files and override put in, and the
    /// environment that leads it to the engine; any other command, and one that names files of its own, as they are.
    /// </summary>
    public static (IReadOnlyList<string> Command, HostEnvironment Environment) Complete(
        SetupRequest request,
        Allocation allocation,
        IReadOnlyList<string> command,
        Narrator narrator
    )
    {
        var prefix = command switch
        {
            ["docker", "compose", ..] => 2,
            ["docker-compose", ..] => 1,
            _ => 0,
        };
        if (
            prefix == 0
            || NamesFiles(command.Skip(prefix))
            || Prepare(
                request,
                allocation,
                () => ComposeTool.Require(request.Environment),
                () => IsPodman(request.Environment),
                narrator
            )
                is not { } prepared
        )
        {
            return (
                command,
                prefix == 0 ? request.Environment : EngineEndpoint.ForDocker(request.Environment)
            );
        }
        return (
            [.. command.Take(prefix), .. prepared.Call.Options, .. command.Skip(prefix)],
            prepared.Call.Environment
        );
    }

    private static HostEnvironment EnvironmentFor(bool isPodman, HostEnvironment environment)
    {
        var led = EngineEndpoint.ForDocker(environment);
        // Podman has no BuildKit; Compose would run one in a container, from an image that has to be fetched.
        return isPodman && led.Variable("DOCKER_BUILDKIT") is null
            ? led.With("DOCKER_BUILDKIT", "0")
            : led;
    }

    private static bool IsPodman(HostEnvironment environment)
    {
        try
        {
            using var engine = ContainerEngine.Connect(environment, CancellationToken.None);
            return engine.IsPodman;
        }
        catch (EngineException)
        {
            return false; // the command itself will say it, if it needs one
        }
    }

    // "-f x", "-fx", "--file x" and "--file=x", among the options that stand before the subcommand.
    private static bool NamesFiles(IEnumerable<string> words)
    {
        var isValue = false;
        foreach (var word in words)
        {
            if (isValue)
            {
                isValue = false;
                continue;
            }
            if (!word.StartsWith('-'))
            {
                return false;
            }
            if (
                word is "--file"
                || word.StartsWith("--file=", StringComparison.Ordinal)
                || word.StartsWith("-f", StringComparison.Ordinal)
            )
            {
                return true;
            }
            isValue = OptionsWithValue.Contains(word, StringComparer.Ordinal);
        }
        return false;
    }
}
