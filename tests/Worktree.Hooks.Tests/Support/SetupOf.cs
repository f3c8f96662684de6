using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tests.Support;

/// <summary>Runs the whole setup of a worktree, as the hook and the build do.</summary>
internal static class SetupOf
{
    public static Allocation Worktree(
        TestRepository repository,
        string root,
        Narrator? narrator = null
    ) => Worktree(repository.Environment, root, narrator);

    public static Allocation Worktree(
        HostEnvironment environment,
        string root,
        Narrator? narrator = null
    ) =>
        WorktreeSetup
            .Run(
                new SetupRequest(environment, root, DatabaseWish.CopyMissing),
                narrator ?? new RecordingNarrator(),
                CancellationToken.None
            )
            .Allocation;

    public static int[] Ports(this Allocation allocation) =>
        [.. allocation.Ports.Select(p => p.Port)];
}
