using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>
/// Containers of a worktree's services that its compose file does not have any more: a service was renamed or taken out,
/// the project had another name, or the services stood in worktree.json. Compose lets them run, with their ports and on
/// their data. What is not labelled as the worktree's is somebody else's.
/// </summary>
internal static class ComposeLeftovers
{
    /// <summary>Stops and removes those that the project does not have, and says each; volumes stay, also those without a name.</summary>
    /// <returns>True where there were any.</returns>
    /// <exception cref="EngineException">The engine refused; what was removed before stays removed.</exception>
    public static bool Remove(
        ContainerEngine engine,
        PreparedCompose prepared,
        Narrator narrator,
        CancellationToken cancellation
    )
    {
        var gitDirectory = prepared.Allocation.Identity.Checkout.GitDirectory;
        var old = Of(engine, gitDirectory, cancellation).Where(c => !IsIn(prepared, c)).ToList();
        foreach (var container in old)
        {
            narrator.Say(
                $"removing {container.Name}: {WorktreeContainers.ServiceOf(container)} is not in the compose file any more; "
                    + "volumes stay"
            );
        }
        WorktreeContainers.End(engine, old, withVolumes: false, cancellation);
        return old.Count > 0;
    }

    /// <summary>Stops and removes all that is labelled as the worktree's; volumes stay.</summary>
    /// <returns>The services that ran.</returns>
    /// <exception cref="EngineException">The engine refused; what was removed before stays removed.</exception>
    public static IReadOnlyList<string> RemoveAll(ContainerEngine engine, string gitDirectory)
    {
        var left = Of(engine, gitDirectory, CancellationToken.None);
        WorktreeContainers.End(engine, left, withVolumes: false, CancellationToken.None);
        return [.. left.Where(c => c.IsRunning).Select(WorktreeContainers.ServiceOf)];
    }

    private static List<EngineContainer> Of(
        ContainerEngine engine,
        string gitDirectory,
        CancellationToken cancellation
    ) =>
        [
            .. WorktreeContainers
                .ServicesOf(engine, gitDirectory, cancellation)
                .Where(c => c.Label(HelperContainer.Label) is null),
        ];

    private static bool IsIn(PreparedCompose prepared, EngineContainer container) =>
        container.Label(ComposeStack.ProjectLabel) == prepared.Call.ProjectName
        && (
            !prepared.Project.HasAllProfiles
            || prepared.Project.Services.ContainsKey(WorktreeContainers.ServiceOf(container))
        );
}
