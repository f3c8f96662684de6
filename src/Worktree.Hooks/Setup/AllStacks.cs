using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>Starts or stops the stacks of every worktree of a repository, main's first; one's trouble does not keep the others.</summary>
internal sealed class AllStacks(HostEnvironment environment, string folder, Narrator narrator)
{
    /// <summary>Starts them all.</summary>
    /// <exception cref="WorktreeHooksException">The first one's trouble, when all were tried; the others' were narrated.</exception>
    public void Start(StackOptions options, CancellationToken cancellation) =>
        Each(stack => stack.Start(options with { NameOthers = false }, cancellation));

    /// <summary>Stops them all.</summary>
    /// <exception cref="WorktreeHooksException">As <see cref="Start"/>.</exception>
    public void Stop(CancellationToken cancellation) => Each(stack => stack.Stop(cancellation));

    private void Each(Action<StackCommands> act)
    {
        WorktreeHooksException? first = null;
        foreach (var row in WorktreeReport.Query(environment, folder, narrator).Worktrees)
        {
            var named = new NamedNarrator(row.Name, narrator);
            try
            {
                act(new StackCommands(environment, row.Root, named));
            }
            catch (WorktreeHooksException e)
                when (e.Diagnostic.Definition == ErrorCatalogue.NoStack)
            {
                named.Say("has no stack");
            }
            catch (WorktreeHooksException e)
            {
                if (first is not null)
                {
                    named.Warn(e.Diagnostic);
                }
                first ??= e;
            }
        }
        if (first is not null)
        {
            throw first;
        }
    }

    /// <summary>Says whose stack a line is about.</summary>
    private sealed class NamedNarrator(string name, Narrator narrator) : Narrator
    {
        public override void Say(string line) => narrator.Say($"{name}: {line}");

        public override void Warn(Diagnostic diagnostic) =>
            narrator.Warn(diagnostic with { Message = $"{name}: {diagnostic.Message}" });

        public override void Progress(CopyProgress progress) =>
            narrator.Progress(progress with { Activity = $"{name}: {progress.Activity}" });
    }
}
