using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>Tells of what gone worktrees have in engines that are not at hand.</summary>
internal static class RemainsElsewhere
{
    /// <summary>WTH5055, once for each engine.</summary>
    /// <param name="remains">What is elsewhere.</param>
    /// <param name="atHand">The engine that is at hand; null where there is none.</param>
    /// <param name="reason">Why there is none.</param>
    /// <param name="narrator">Hears it.</param>
    public static void Warn(
        IEnumerable<Remains> remains,
        ContainerEngine? atHand,
        string reason,
        Narrator narrator
    )
    {
        var evidence = atHand is null ? reason : $"the engine at hand is '{atHand.Address}'";
        foreach (var group in remains.GroupBy(r => r.Engine, StringComparer.Ordinal))
        {
            var worktrees = group.Select(r => $"'{r.ProjectName}' ('{r.Root}')").ToList();
            var (are, them) = worktrees.Count == 1 ? ("is", "it") : ("are", "them");
            var removes = group.All(r => GoneWorktrees.IsInSeenRepository(r.GitDirectory))
                ? "removes them"
                : "removes them or tells how";
            narrator.Warn(
                new Diagnostic(
                    ErrorCatalogue.ContainersLeft,
                    $"{string.Join(", ", worktrees)} {are} gone, and the engine '{group.Key}' may still have containers, "
                        + $"networks and volumes of {them}: {evidence}. Set DOCKER_HOST to '{group.Key}' (or DOCKER_CONTEXT "
                        + $"to a context of it), then 'dotnet worktree prune' {removes}; where that engine is gone for good, "
                        + $"'dotnet worktree prune --forget {group.Key}' asks for it no more."
                )
            );
        }
    }
}
