using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>Makes sure that a compose project of the worktree's name is the worktree's: Compose goes by the name alone.</summary>
internal static class OwnProject
{
    /// <summary>
    /// Refuses where another folder's containers have the project's name. Those of a folder that is gone are taken over:
    /// mostly it is this one, which was moved.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH5038: such a container, whether it runs or not.</exception>
    /// <exception cref="EngineException">The engine does not answer.</exception>
    public static void Require(
        ContainerEngine engine,
        PreparedCompose prepared,
        CancellationToken cancellation
    )
    {
        var project = prepared.Call.ProjectName;
        var checkout = prepared.Allocation.Identity.Checkout;
        var stranger = engine
            .Containers(cancellation, $"{ComposeStack.ProjectLabel}={project}")
            .Where(WorktreeContainers.IsService)
            // One that has no folder was not made by Compose, which leaves it alone.
            .FirstOrDefault(c =>
                ComposeOwner.FolderOf(c) is not null && !ComposeOwner.IsOwn(engine, checkout, c)
            );
        if (stranger is not null)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.ComposeProjectTaken,
                $"compose project '{project}' has container '{stranger.Name}', which was started from "
                    + $"{ComposeOwner.PlaceOf(stranger)} and not from here: Compose would take it for this worktree's and make "
                    + $"it anew. End that project ('docker compose --project-name {project} down', which leaves volumes and "
                    + "data), or set another \"project\" in worktree.json: named volumes keep the former name, and the new "
                    + "project begins with empty ones. Then start again."
            );
        }
    }
}
