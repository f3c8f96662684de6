using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>
/// Containers of a worktree's services that its compose file does not have any more: a service was renamed or taken out, or
/// the services stood in worktree.json. Compose lets them run, with their ports and on their data. What is not labelled as
/// the worktree's is somebody else's; so is another project (<c>docker compose --project-name</c>), and what other compose
/// files that are still there have made.
/// </summary>
internal static class ComposeLeftovers
{
    private const string FilesLabel = "com.docker.compose.project.config_files";

    /// <summary>Stops and removes them, and says each; volumes stay, also those without a name.</summary>
    /// <returns>True where one of them ran.</returns>
    /// <exception cref="EngineException">The engine refused; what was removed before stays removed.</exception>
    public static bool Remove(
        ContainerEngine engine,
        PreparedCompose prepared,
        Narrator narrator,
        CancellationToken cancellation
    )
    {
        var checkout = prepared.Allocation.Identity.Checkout;
        var old = Of(engine, checkout.GitDirectory, cancellation)
            .Where(c => IsOfImages(c) || IsGone(prepared, c))
            .ToList();
        foreach (var container in old)
        {
            var reason = IsOfImages(container)
                ? "services stand in the compose file now"
                : $"{WorktreeContainers.ServiceOf(container)} is not in the compose file any more";
            narrator.Say($"removing {container.Name}: {reason}; volumes stay");
        }
        KeptVolumes.Remember(
            prepared.Call.Environment,
            checkout,
            engine,
            old,
            narrator,
            cancellation
        );
        WorktreeContainers.End(engine, old, withVolumes: false, cancellation);
        return old.Exists(c => c.IsRunning);
    }

    /// <summary>Stops and removes those of services that stood in worktree.json, and their network; volumes stay.</summary>
    /// <returns>The services that ran.</returns>
    /// <exception cref="EngineException">The engine refused; what was removed before stays removed.</exception>
    public static IReadOnlyList<string> RemoveThoseOfImages(
        ContainerEngine engine,
        string gitDirectory
    )
    {
        var old = Of(engine, gitDirectory, CancellationToken.None).Where(IsOfImages).ToList();
        WorktreeContainers.End(engine, old, withVolumes: false, CancellationToken.None);
        var label = $"{WorktreeContainers.Label}={gitDirectory}";
        foreach (
            var network in engine
                .Networks(CancellationToken.None, label)
                .Where(n => !n.Labels.ContainsKey(ComposeStack.ProjectLabel))
        )
        {
            engine.RemoveNetwork(network.Id, CancellationToken.None);
        }
        return [.. old.Where(c => c.IsRunning).Select(WorktreeContainers.ServiceOf)];
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

    private static bool IsOfImages(EngineContainer container) =>
        container.Label(ComposeStack.ProjectLabel) is null;

    private static bool IsGone(PreparedCompose prepared, EngineContainer container) =>
        container.Label(ComposeStack.ProjectLabel) == prepared.Call.ProjectName
        && prepared.Project.HasAllProfiles
        && !prepared.Project.Services.ContainsKey(WorktreeContainers.ServiceOf(container))
        && (container.Label(FilesLabel) ?? "")
            .Split(',')
            .All(f =>
                f == prepared.Call.OverrideFile
                || prepared.Call.Files.Files.Contains(f)
                || !File.Exists(f)
            );
}
