using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>A volume that Worktree.Hooks names: another user's or another clone's project may have the same name, and its data is not ours.</summary>
internal static class OwnVolume
{
    /// <summary>The name itself; where another worktree has it, or had it when ours was made, the name with a suffix.</summary>
    /// <param name="name">The name.</param>
    /// <param name="gitDirectory">The private git dir of the worktree whose it is to be.</param>
    /// <param name="volumes">All volumes of the engine.</param>
    public static string NameOf(
        string name,
        string gitDirectory,
        IReadOnlyList<EngineResource> volumes
    )
    {
        var suffixed = Names.WithSuffix(name, gitDirectory);
        return
            OwnerOf(suffixed, volumes) == gitDirectory
            || OwnerOf(name, volumes) is { } owner && owner != gitDirectory
            ? suffixed
            : name;
    }

    /// <summary>The private git dir of the worktree that a volume was made for; null where it is not there or nobody's.</summary>
    public static string? OwnerOf(string name, IReadOnlyList<EngineResource> volumes) =>
        volumes
            .FirstOrDefault(v => v.Name == name)
            ?.Labels.GetValueOrDefault(WorktreeContainers.Label);
}
