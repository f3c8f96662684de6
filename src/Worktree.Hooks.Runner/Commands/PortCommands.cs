using System.CommandLine;
using System.ComponentModel;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Runner.Commands;

/// <summary><c>allocate</c>, <c>ports</c>, <c>exec</c> and <c>prune</c>.</summary>
internal static class PortCommands
{
    /// <summary><c>allocate</c>: what the hook does.</summary>
    public static Command Allocate(CommandContext context)
    {
        var command = new Command(
            "allocate",
            "Give this worktree its ports, .env.local and databases; running it again changes nothing."
        );
        context.Run(
            command,
            (result, cancellation) =>
            {
                var request = new SetupRequest(
                    context.Environment,
                    context.FolderOf(result),
                    DatabaseWish.CopyMissing
                );
                var setup = WorktreeSetup.Run(request, context.Terminal, cancellation);
                if (result.GetValue(CommandContext.Json))
                {
                    CommandContext.PrintJson(
                        AllocationAnswer.Of(setup),
                        AnswerJson.Default.AllocationAnswer
                    );
                }
                else
                {
                    foreach (var line in SetupSummary.Lines(setup))
                    {
                        Terminal.Answer(line);
                    }
                }
                setup.RequireDatabases();
                return ExitCodes.Done;
            }
        );
        return command;
    }

    /// <summary><c>ports</c>: the ports of all worktrees.</summary>
    public static Command Ports(CommandContext context)
    {
        var command = new Command("ports", "Show the ports of every worktree of this repository.");
        context.Run(
            command,
            (result, _) =>
            {
                var report = WorktreeReport.Query(
                    context.Environment,
                    context.FolderOf(result),
                    context.Terminal
                );
                if (result.GetValue(CommandContext.Json))
                {
                    CommandContext.PrintJson(report, AnswerJson.Default.WorktreeReport);
                }
                else
                {
                    context.PrintTable(report.PortsTable());
                }
                return ExitCodes.Done;
            }
        );
        return command;
    }

    /// <summary><c>exec -- COMMAND</c>: runs it with the worktree's variables and ends with its exit code.</summary>
    public static Command Exec(CommandContext context)
    {
        var words = new Argument<string[]>("command")
        {
            Description = "The program and its arguments, after --.",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new Command(
            "exec",
            "Run a command with this worktree's variables; 'docker compose' gets its project, env files and override too."
        )
        {
            words,
        };
        context.Run(
            command,
            (result, cancellation) =>
            {
                var folder = context.FolderOf(result);
                var request = new SetupRequest(context.Environment, folder, DatabaseWish.Keep);
                var setup = WorktreeSetup.Run(request, context.Terminal, cancellation);
                if (setup.Allocation.Configuration.Certificate)
                {
                    DevelopmentCertificate.Ensure(
                        context.Environment,
                        setup.Allocation.Identity.Checkout,
                        context.Terminal
                    );
                }
                var (commandLine, environment) = ComposeSetup.Complete(
                    request,
                    setup.Allocation,
                    result.GetValue(words)!,
                    context.Terminal
                );
                var variables = ChildProcess.WithoutGit(environment.Variables);
                foreach (var (name, value) in setup.Allocation.Variables)
                {
                    variables[name] = value;
                }
                try
                {
                    return ChildProcess.RunAttached(
                        variables,
                        folder,
                        commandLine[0],
                        [.. commandLine.Skip(1)]
                    );
                }
                catch (Win32Exception e)
                {
                    throw new WorktreeHooksException(
                        ErrorCatalogue.CommandNotFound,
                        $"'{commandLine[0]}' cannot be started: {e.Message} Install it, or correct the command.",
                        e
                    );
                }
            }
        );
        return command;
    }

    /// <summary><c>prune</c>: frees what removed worktrees left.</summary>
    public static Command Prune(CommandContext context)
    {
        var command = new Command(
            "prune",
            "Free the ports of worktrees that git has forgotten, stop what still runs of them, and remove their containers."
        );
        var forget = new Option<string?>("--forget")
        {
            Description =
                "An engine that is gone for good, by the address that prune names: ask for it no more.",
            HelpName = "engine",
        };
        command.Options.Add(forget);
        context.Run(
            command,
            (result, cancellation) =>
            {
                var freed = WorktreePruning.Run(
                    context.Environment,
                    context.FolderOf(result),
                    context.Terminal,
                    cancellation,
                    result.GetValue(forget)
                );
                if (result.GetValue(CommandContext.Json))
                {
                    CommandContext.PrintJson(freed, AnswerJson.Default.PruneReport);
                }
                else
                {
                    foreach (var line in freed.Lines())
                    {
                        Terminal.Answer(line);
                    }
                }
                return freed.Trouble is null ? ExitCodes.Done : throw freed.Trouble;
            }
        );
        return command;
    }
}
