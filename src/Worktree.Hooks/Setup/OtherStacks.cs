using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>The stacks of the other worktrees: they are named, and left alone.</summary>
internal static class OtherStacks
{
    /// <summary>Says which of them run.</summary>
    /// <param name="environment">The environment of the process.</param>
    /// <param name="root">This worktree.</param>
    /// <param name="engine">The engine that this stack uses; null where it uses none, and others' containers are not seen.</param>
    /// <param name="narrator">Is told.</param>
    public static void Name(
        HostEnvironment environment,
        string root,
        ContainerEngine? engine,
        Narrator narrator
    )
    {
        var report = WorktreeReport.Query(environment, root, narrator);
        var withContainers = engine is null
            ? []
            : engine
                .Containers(CancellationToken.None, WorktreeContainers.Label)
                .Where(c => c.IsRunning)
                .Select(c => c.Label(WorktreeContainers.Label))
                .ToHashSet(StringComparer.Ordinal);
        foreach (
            var row in report.Worktrees.Where(w =>
                !w.Current
                && (
                    withContainers.Contains(w.Checkout.GitDirectory)
                    || new ServiceStack(environment, w.Checkout, narrator).IsRunning
                )
            )
        )
        {
            var ports = string.Join(", ", row.Ports.Select(p => $"{p.Key} {p.Value}"));
            narrator.Say($"{row.Name} of {report.Project} runs too ({ports}) and is left alone");
        }
    }
}
