using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>
/// The volumes of an engine as a worktree may name its own: another user's or another clone's project may have the same
/// name, and its data is not ours.
/// </summary>
/// <param name="volumes">All volumes of the engine.</param>
internal sealed class OwnVolumes(IReadOnlyList<EngineResource> volumes)
{
    private readonly Dictionary<string, string[]> places = new(StringComparer.Ordinal);
    private readonly ILookup<string, string?> owners = volumes.ToLookup(
        v => v.Name,
        v => v.Labels.GetValueOrDefault(WorktreeContainers.Label),
        StringComparer.Ordinal
    );

    /// <summary>All volumes of the engine.</summary>
    public IReadOnlyList<EngineResource> All => volumes;

    /// <summary>The name itself; where another worktree has it, or had it when ours was made, the name with a suffix.</summary>
    /// <param name="name">The name.</param>
    /// <param name="gitDirectory">The private git dir of the worktree whose it is to be.</param>
    public string NameOf(string name, string gitDirectory)
    {
        var suffixed = PlacesOf(gitDirectory).Select(p => Names.WithSuffix(name, p)).ToList();
        return suffixed.Find(s => OwnerOf(s) is not null && !IsOthers(s, gitDirectory))
            ?? (IsOthers(name, gitDirectory) ? suffixed[0] : name);
    }

    /// <summary>True where a volume was made for another worktree than this one.</summary>
    public bool IsOthers(string name, string gitDirectory) =>
        OwnerOf(name) is { } owner && !PlacesOf(gitDirectory).Contains(owner, RealPath.Comparer);

    /// <summary>The private git dir of the worktree that a volume was made for; null where it is not there or nobody's.</summary>
    public string? OwnerOf(string name) => owners[name].FirstOrDefault();

    // Where it is, and where it was before its repository was moved.
    private string[] PlacesOf(string gitDirectory)
    {
        if (!places.TryGetValue(gitDirectory, out var all))
        {
            all = [gitDirectory, .. FormerPlaces.Of(gitDirectory)];
            places.Add(gitDirectory, all);
        }
        return all;
    }
}
