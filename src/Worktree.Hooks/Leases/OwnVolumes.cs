using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>
/// The volumes of an engine as a worktree may name its own: another user's or another clone's project may have the same
/// name, and its data is not ours. What a repository had that is there no more is nobody's: mostly it is this one, which
/// was moved.
/// </summary>
/// <param name="engine">The engine.</param>
/// <param name="volumes">All its volumes.</param>
internal sealed class OwnVolumes(ContainerEngine engine, IReadOnlyList<EngineResource> volumes)
{
    /// <summary>All volumes of the engine.</summary>
    public IReadOnlyList<EngineResource> All => volumes;

    /// <summary>The name itself; where another worktree has it, or had it when ours was made, the name with a suffix.</summary>
    /// <param name="name">The name.</param>
    /// <param name="gitDirectory">The private git dir of the worktree whose it is to be.</param>
    public string NameOf(string name, string gitDirectory)
    {
        var suffixed = Names.WithSuffix(name, gitDirectory);
        return
            OwnerOf(suffixed) == gitDirectory || OwnerOf(name) is { } owner && owner != gitDirectory
            ? suffixed
            : name;
    }

    /// <summary>The private git dir of the worktree that a volume was made for; null where it is not there or nobody's.</summary>
    public string? OwnerOf(string name) =>
        volumes
            .FirstOrDefault(v => v.Name == name)
            ?.Labels.GetValueOrDefault(WorktreeContainers.Label)
            is { } owner
        && !GonePlace.IsRepositoryGone(engine, owner)
            ? owner
            : null;
}
