using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>
/// What an engine has of worktrees whose repository cannot be seen. It is never removed: a repository that was moved goes on
/// with its volumes, and one on a disk that is away comes back.
/// </summary>
internal static class UnseenRemains
{
    /// <summary>The commands that remove what the engine has of a worktree; none where it has nothing.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="gitDirectory">The private git dir that the worktree's things are labelled with.</param>
    /// <param name="unnamed">The worktree's volumes without a name.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="EngineException">The engine does not answer.</exception>
    public static IReadOnlyList<string> Find(
        ContainerEngine engine,
        string gitDirectory,
        IReadOnlyList<string> unnamed,
        CancellationToken cancellation
    )
    {
        var label = $"{WorktreeContainers.Label}={gitDirectory}";
        var filter = $"-q --filter \"label={label}\"";
        var commands = new List<string>();
        if (engine.Containers(cancellation, label).Count > 0)
        {
            commands.Add($"docker rm -fv $(docker ps -a {filter})");
        }
        if (engine.Networks(cancellation, label).Count > 0)
        {
            commands.Add($"docker network rm $(docker network ls {filter})");
        }
        if (engine.Volumes(cancellation, label).Count > 0)
        {
            commands.Add($"docker volume rm $(docker volume ls {filter})");
        }
        var left = engine.Volumes(cancellation).Select(v => v.Name).Intersect(unnamed).ToList();
        if (left.Count > 0)
        {
            commands.Add($"docker volume rm {string.Join(' ', left)}");
        }
        return commands;
    }

    private static string Evidence(Remains one) =>
        GoneWorktrees.HasWorkTree(one.Root)
            ? $"a work tree is at '{one.Root}', and git has deleted nothing"
            : $"nothing is at '{one.CommonDirectory()}' any more";

    /// <summary>WTH5055: it stays, and the user can remove it.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="one">The worktree.</param>
    /// <param name="commands">What <see cref="Find"/> found.</param>
    /// <param name="narrator">Hears it.</param>
    public static void Warn(
        ContainerEngine engine,
        Remains one,
        IReadOnlyList<string> commands,
        Narrator narrator
    ) =>
        narrator.Warn(
            new Diagnostic(
                ErrorCatalogue.ContainersLeft,
                $"what '{one.ProjectName}' ('{one.Root}') has in the engine '{engine.Address}' stays: {Evidence(one)}, "
                    + "and a repository that was moved or is on a disk that is away "
                    + $"needs its data. Where it was deleted, remove that yourself: {string.Join("; ", commands)}. "
                    + $"'dotnet worktree prune --forget {engine.Address}' speaks of it no more."
            )
        );
}
