using System.CommandLine;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Runner.Commands;

/// <summary><c>doctor</c>: what a repository needs now and then.</summary>
internal static class SetupCommands
{
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
