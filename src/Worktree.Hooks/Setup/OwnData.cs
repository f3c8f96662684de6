using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>Two servers on one data directory both start, and destroy it: a container of somebody else's on it is refused.</summary>
internal static class OwnData
{
    /// <summary>Throws where a running container that is not this worktree's has one of its databases mounted.</summary>
    /// <exception cref="WorktreeHooksException">WTH5036.</exception>
    public static void Require(
        ContainerEngine engine,
        Allocation allocation,
        CancellationToken cancellation
    )
    {
        var checkout = allocation.Identity.Checkout;
        foreach (var database in allocation.Configuration.Databases)
        {
            var place = database.Volume is { } volume
                ? $"{allocation.ProjectName}_{volume}"
                : Path.Combine(checkout.Root, database.Path);
            var holders =
                database.Volume is not null ? engine.ContainersOnVolume(place, cancellation)
                // Paths of a remote engine are those of another machine.
                : !engine.IsRemote && Directory.Exists(place)
                    ? engine.ContainersOn(place, cancellation)
                : [];
            if (
                holders.FirstOrDefault(c => c.IsRunning && !IsOfThisStack(c, allocation)) is
                { } stranger
            )
            {
                throw new WorktreeHooksException(
                    ErrorCatalogue.DataDirectoryMounted,
                    $"'{place}' is mounted by {ForeignContainer.Words(stranger)}, which is not of this stack: two servers on "
                        + $"one directory destroy it. {ForeignContainer.Remedy(stranger, checkout.Root)}, then start again."
                );
            }
        }
    }

    // "docker compose --project-name" makes another stack with the same label.
    private static bool IsOfThisStack(EngineContainer container, Allocation allocation) =>
        container.Label(WorktreeContainers.Label) == allocation.Identity.Checkout.GitDirectory
        && (container.Label(ComposeStack.ProjectLabel) ?? allocation.ProjectName)
            == allocation.ProjectName;
}
