namespace Worktree.Hooks.Leases;

/// <summary>What was removed of one worktree in a container engine.</summary>
/// <param name="GitDirectory">The worktree's private git dir.</param>
/// <param name="Containers">Names of containers.</param>
/// <param name="Networks">Names of networks.</param>
/// <param name="Volumes">Names of volumes.</param>
internal sealed record RemovedContainers(
    string GitDirectory,
    IReadOnlyList<string> Containers,
    IReadOnlyList<string> Networks,
    IReadOnlyList<string> Volumes
)
{
    /// <summary>True where there was nothing.</summary>
    public bool IsEmpty => Containers.Count + Networks.Count + Volumes.Count == 0;

    /// <summary><c>3 containers, 1 network and 2 volumes</c>.</summary>
    public string Summary =>
        $"{Containers.Count} containers, {Networks.Count} networks and {Volumes.Count} volumes";
}
