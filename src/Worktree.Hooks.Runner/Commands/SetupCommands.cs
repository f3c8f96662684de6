using System.CommandLine;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Runner.Commands;

/// <summary><c>init</c>, <c>hooks</c> and <c>doctor</c>: what a repository needs once.</summary>
internal static class SetupCommands
{
    /// <summary><c>init</c>: a first worktree.json.</summary>
    public static Command Init(CommandContext context)
    {
        var command = new Command(
            "init",
            "Write a first worktree.json with the default ports and the databases that are found."
        );
        context.Run(
            command,
            (result, _) =>
            {
                var report = RepositoryInit.Run(context.FolderOf(result));
                if (result.GetValue(CommandContext.Json))
                {
                    CommandContext.PrintJson(report, AnswerJson.Default.InitReport);
                    return ExitCodes.Done;
                }
                Terminal.Answer(
                    report.Written
                        ? $"wrote '{report.File}'"
                        : $"'{report.File}' is there already; nothing was changed"
                );
                foreach (var database in report.Databases)
                {
                    Terminal.Answer($"  database {database}");
                }
                Terminal.Answer(
                    "next: 'dotnet worktree hooks install', then 'git worktree add ../feature-x'"
                );
                return ExitCodes.Done;
            }
        );
        return command;
    }

    /// <summary><c>doctor</c>: looks at everything and says what to do.</summary>
    public static Command Doctor(CommandContext context)
    {
        var command = new Command(
            "doctor",
            "Say what is wrong with this worktree's setup, and what to do about it."
        );
        context.Run(
            command,
            (result, _) =>
            {
                var doctor = new Doctor(
                    context.Environment,
                    context.FolderOf(result),
                    context.Terminal
                );
                var report = doctor.Examine();
                if (result.GetValue(CommandContext.Json))
                {
                    CommandContext.PrintJson(report, AnswerJson.Default.DoctorReport);
                }
                else
                {
                    context.PrintTable(report.Table());
                }
                return report.HasErrors ? ExitCodes.Refused : ExitCodes.Done;
            }
        );
        return command;
    }
}
