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
    /// <param name="isForPodman">True where Podman is to run it.</param>
    /// <param name="narrator">Hears of trouble with the leases.</param>
    /// <exception cref="WorktreeHooksException">WTH5030–WTH5034: Compose, its file, or something in it. WTH2001: no port is left.</exception>
    public static PreparedCompose? Prepare(
        SetupRequest request,
        Allocation allocation,
        bool isForPodman,
        Narrator narrator
    )
    {
        var root = allocation.Identity.Checkout.Root;
        var files = ComposeFiles.Find(request.Environment, root, allocation.Configuration);
        if (files is null)
        {
            return null;
        }
        var tool = ComposeTool.Require(request.Environment);
        var preparation = new ComposePreparation(request.Environment, tool, files);
        var reading = preparation.Read(allocation) with { IsForPodman = isForPodman };
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
    /// The arguments of a <c>docker compose</c> command line with the worktree's project, env files and override put
    /// in; those of any other command, or of one that names files of its own, as they are.
    /// </summary>
    public static IReadOnlyList<string> Complete(
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
            || Prepare(request, allocation, IsPodman(request.Environment), narrator)
                is not { } prepared
        )
        {
            return command;
        }
        return [.. command.Take(prefix), .. prepared.Call.Options, .. command.Skip(prefix)];
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
            return false; // Compose itself will say that there is none
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
