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
            .Select(c => (Container: c, Folder: ForeignFolderOf(c, checkout)))
            // The folders of a remote engine's users may lie on other machines.
            .FirstOrDefault(c =>
                c.Folder is not null && (engine.IsRemote || Directory.Exists(c.Folder))
            );
        if (stranger.Folder is { } folder)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.ComposeProjectTaken,
                $"compose project '{project}' has container '{stranger.Container.Name}', which was started from '{folder}' and "
                    + "not from here: Compose would take it for this worktree's and make it anew. End that project ('docker "
                    + $"compose --project-name {project} down', which leaves volumes and data), or set another \"project\" in "
                    + "worktree.json, then start again."
            );
        }
    }

    // Ours are labelled with the worktree's git dir, which tells more than the folder.
    private static string? ForeignFolderOf(EngineContainer container, Git.Checkout checkout)
    {
        var isOwn = container.Label(WorktreeContainers.Label) is { } gitDirectory
            ? gitDirectory == checkout.GitDirectory || !Directory.Exists(gitDirectory)
            : ComposeOwner.IsWithin(checkout.Root, container);
        return isOwn ? null : ComposeOwner.FolderOf(container);
    }
}
