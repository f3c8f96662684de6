using System.CommandLine;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Runner.Commands;

/// <summary>The command line of <c>dotnet worktree</c>.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command to its end; returns an exit code of <see cref="ExitCodes"/>.</summary>
    public static async Task<int> RunAsync(string[] arguments, HostEnvironment environment)
    {
        var context = new CommandContext(environment, new Terminal(environment));
        var result = CreateRoot(context).Parse(arguments);
        if (result.Errors.Count > 0)
        {
            foreach (var error in result.Errors)
            {
                Terminal.Error($"worktree-hooks: {error.Message}");
            }
            Terminal.Error($"See '{result.CommandResult.Command.Name} --help'.");
            return ExitCodes.Usage;
        }
        return await result.InvokeAsync(
            new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                // After Ctrl+C what was begun is taken back, and a container may need ten seconds to stop.
                ProcessTerminationTimeout = TimeSpan.FromMinutes(1),
            }
        );
    }

    private static RootCommand CreateRoot(CommandContext context)
    {
        var root = new RootCommand("Ports, databases and stacks of git worktrees.")
        {
            InitCommand.Init(context),
            SetupCommands.Doctor(context),
            HookCommands.Hooks(context),
            PortCommands.Allocate(context),
            PortCommands.Ports(context),
            StackCommandLine.Start(context),
            StackCommandLine.Stop(context),
            StackCommandLine.Restart(context),
            StackCommandLine.Status(context),
            LogsCommand.Logs(context),
            WorktreeCommands.Open(context),
            DatabaseCommands.Databases(context),
            PortCommands.Exec(context),
            PortCommands.Prune(context),
            WorktreeCommands.Remove(context),
            CompletionCommand.Completion(context),
        };
        root.Options.Add(CommandContext.Json);
        root.Options.Add(CommandContext.Directory);
        HelpExamples.AddTo(root);
        return root;
    }
}
