using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Worktree.Hooks.Runner.Commands;

/// <summary>Examples under <c>--help</c>.</summary>
internal static class HelpExamples
{
    private static readonly Dictionary<string, string[]> Examples = new(StringComparer.Ordinal)
    {
        ["start"] =
        [
            "dotnet worktree start              # with main's latest data",
            "dotnet worktree start --keep-db    # with the data that it has",
            "dotnet worktree start --all        # main and every worktree",
        ],
        ["stop"] =
        [
            "dotnet worktree stop               # this worktree's stack; the others run on",
            "dotnet worktree stop --all",
        ],
        ["status"] =
        [
            "dotnet worktree status --watch",
            "dotnet worktree status --json | jq '.worktrees[] | select(.idle) | .worktree.name'",
        ],
        ["logs"] =
        [
            "dotnet worktree logs               # the last lines of all services",
            "dotnet worktree logs app -f        # of one, and what comes",
            "dotnet worktree logs -n 20         # the last 20 of each",
        ],
        ["open"] =
        [
            "dotnet worktree open               # this worktree in the browser",
            "curl -k \"$(dotnet worktree open feature-x --print)\"",
        ],
        ["remove"] =
        [
            "dotnet worktree remove feature-x   # by name, folder or branch",
            "dotnet worktree remove ../feature-x --force",
        ],
    };

    /// <summary>Gives every command that has examples a help that ends with them.</summary>
    public static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
    }

    private sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var code = usual.Invoke(parseResult);
            if (Examples.TryGetValue(parseResult.CommandResult.Command.Name, out var lines))
            {
                Terminal.Answer("Examples:");
                foreach (var line in lines)
                {
                    Terminal.Answer($"  {line}");
                }
            }
            return code;
        }
    }
}
