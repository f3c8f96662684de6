using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>Two servers on one data directory both start, and destroy it: a container of somebody else's on it is refused.</summary>
internal static class OwnData
{
    /// <summary>Throws where a running container that is not this worktree's has one of its databases mounted.</summary>
    /// <exception cref="WorktreeHooksException">WTH5036.</exception>
    public static void Require(
        ContainerEngine engine,
        KnownWorktree known,
        CancellationToken cancellation
    )
    {
        if (engine.IsRemote)
        {
            return; // its paths are those of another machine
        }
        var checkout = known.Identity.Checkout;
        foreach (var database in known.Configuration.Databases)
        {
            var path = Path.Combine(checkout.Root, database.Path);
            var stranger = Directory.Exists(path)
                ? engine
                    .ContainersOn(path, cancellation)
                    .FirstOrDefault(c =>
                        c.IsRunning && c.Label(WorktreeContainers.Label) != checkout.GitDirectory
                    )
                : null;
            if (stranger is not null)
            {
                throw new WorktreeHooksException(
                    ErrorCatalogue.DataDirectoryMounted,
                    $"'{path}' is mounted by {ForeignContainer.Words(stranger)}, which is not of this stack: two servers on "
                        + $"one directory destroy it. {ForeignContainer.Remedy(stranger, checkout.Root)}, then start again."
                );
            }
        }
    }
}
