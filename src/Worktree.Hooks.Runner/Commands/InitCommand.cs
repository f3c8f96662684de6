using System.CommandLine;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Runner.Commands;

/// <summary><c>init</c>: makes somebody's repository use Worktree.Hooks, and <c>init --undo</c> takes that back.</summary>
internal sealed class InitCommand(CommandContext context)
{
    private static readonly Option<bool> Yes = new("--yes", "-y")
    {
        Description = "Write without asking.",
    };

    private static readonly Option<bool> Undo = new("--undo")
    {
        Description =
            "Give the files that init wrote their former bytes, and take out the hook that it installed.",
    };

    private static readonly Option<bool> NoHook = new("--no-hook")
    {
        Description = "Leave git's hooks alone: builds and 'allocate' do the hook's work.",
    };

    public static Command Init(CommandContext context)
    {
        var command = new Command(
            "init",
            "Make this repository use Worktree.Hooks: worktree.json, the import lines for MSBuild and the hook. Shows what it would write, and asks."
        )
        {
            Yes,
            NoHook,
            Undo,
        };
        var init = new InitCommand(context);
        context.Run(
            command,
            (result, _) => result.GetValue(Undo) ? init.TakeBack(result) : init.Run(result)
        );
        return command;
    }

    private int Run(ParseResult result)
    {
        var plan = RepositoryInit.Plan(context.Environment, context.FolderOf(result));
        var wantsHook = !result.GetValue(NoHook) && NeedsHook(plan);
        var isJson = result.GetValue(CommandContext.Json);
        if (!isJson)
        {
            Show(plan, wantsHook);
        }
        var isRight = plan.Changes.Count == 0 && !wantsHook;
        bool? mayWrite =
            isRight || result.GetValue(Yes) ? true
            : isJson ? null
            : context.Terminal.Ask("Write this?");
        if (mayWrite == true)
        {
            RepositoryInit.Apply(plan);
            InstallHook(plan, wantsHook);
        }
        if (isJson)
        {
            CommandContext.PrintJson(
                InitAnswer.Of(plan, mayWrite == true, wantsHook),
                AnswerJson.Default.InitAnswer
            );
        }
        return mayWrite switch
        {
            true => isJson ? ExitCodes.Done : SayDone(plan, isRight),
            false => SayNothingWritten(),
            null => throw new WorktreeHooksException(
                ErrorCatalogue.InitNotConfirmed,
                $"'{plan.Checkout.Root}': nothing was written, as standard input is no terminal that could be asked. "
                    + "Pass --yes to write what is shown."
            ),
        };
    }

    private int TakeBack(ParseResult result)
    {
        var report = InitUndo.Run(context.Environment, context.FolderOf(result), context.Terminal);
        if (result.GetValue(CommandContext.Json))
        {
            CommandContext.PrintJson(report, AnswerJson.Default.UndoReport);
        }
        else
        {
            foreach (var file in report.Restored)
            {
                Terminal.Answer($"as before: {file}");
            }
        }
        return report.Kept.Count == 0 ? ExitCodes.Done : ExitCodes.Refused;
    }

    // As the build does: not on a build server, and not from a folder that holds no whole executable.
    private bool NeedsHook(InitPlan plan) =>
        !context.Environment.IsContinuousIntegration
        && HookExecutable.TryLoad(HookCommands.OwnFolder) is not null
        && HookInstaller.Query(context.Environment, plan.Checkout)
            is not { Way: not HookWay.None, IsCurrent: true };

    private void InstallHook(InitPlan plan, bool wantsHook)
    {
        if (
            wantsHook
            && HookInstaller.Install(
                context.Environment,
                plan.Checkout,
                HookCommands.OwnFolder,
                context.Terminal
            )
        )
        {
            RepositoryInit.RecordHook(plan.Checkout);
        }
    }

    private static void Show(InitPlan plan, bool wantsHook)
    {
        foreach (var change in plan.Changes)
        {
            // The schema is a file of ours that nobody reads here.
            var lines =
                change.Path == WorktreeJson.SchemaFile
                    ?
                    [
                        $"({change.Action} {change.Path}: the schema for editors, {change.Content!.Length} bytes)",
                    ]
                    : change.Diff();
            foreach (var line in lines)
            {
                Terminal.Answer(line);
            }
        }
        if (wantsHook)
        {
            Terminal.Answer(
                "(install the post-checkout hook in this repository's git folder, for all its worktrees)"
            );
        }
        foreach (var note in plan.Survey.Notes)
        {
            Terminal.Answer($"note: {note}");
        }
    }

    private static int SayDone(InitPlan plan, bool wasRight)
    {
        if (wasRight)
        {
            Terminal.Answer($"'{plan.Checkout.Root}' is set up already; nothing was changed");
            return ExitCodes.Done;
        }
        foreach (var change in plan.Changes)
        {
            Terminal.Answer($"wrote {change.Path}");
        }
        Terminal.Answer(
            "next: look at worktree.json, commit these files, then 'git worktree add ../feature-x'"
        );
        return ExitCodes.Done;
    }

    private int SayNothingWritten()
    {
        context.Terminal.Say("nothing was written");
        return ExitCodes.Refused;
    }
}

/// <summary>The answer of <c>init --json</c>.</summary>
/// <param name="Root">The worktree.</param>
/// <param name="Written">True where it is so now; false where it needs <c>--yes</c>.</param>
/// <param name="Changes">What was written, or would be; empty where all was right.</param>
/// <param name="Hook">True where the hook was installed, or would be.</param>
/// <param name="Ports">Where each port was found, by variable; empty where the defaults were taken.</param>
/// <param name="Notes">What a person has to look at.</param>
internal sealed record InitAnswer(
    string Root,
    bool Written,
    IReadOnlyList<InitChange> Changes,
    bool Hook,
    IReadOnlyDictionary<string, string> Ports,
    IReadOnlyList<string> Notes
)
{
    public static InitAnswer Of(InitPlan plan, bool written, bool hook) =>
        new(
            plan.Checkout.Root,
            written,
            [.. plan.Changes.Select(c => new InitChange(c.Path, c.Action, [.. c.Diff()]))],
            hook,
            plan.Survey.Sources,
            plan.Survey.Notes
        );
}

/// <summary>One file in <c>init --json</c>.</summary>
/// <param name="File">Relative to the root.</param>
/// <param name="Action"><c>create</c> or <c>change</c>.</param>
/// <param name="Diff">The lines of a unified diff.</param>
internal sealed record InitChange(string File, string Action, IReadOnlyList<string> Diff);
