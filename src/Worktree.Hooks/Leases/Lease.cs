using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>What one worktree of this user holds: ports and names. It lives as long as its private git dir.</summary>
internal sealed record Lease
{
    /// <summary>The key: the real path of the worktree's private git dir.</summary>
    public required string GitDirectory { get; init; }

    /// <summary>The repository's common dir; equal to <see cref="GitDirectory"/> for the main worktree.</summary>
    public required string CommonDirectory { get; init; }

    /// <summary>The worktree's root when it was last seen.</summary>
    public required string Root { get; init; }

    /// <summary>The reserved Compose project name.</summary>
    public required string ProjectName { get; init; }

    /// <summary>The reserved host name.</summary>
    public required string Host { get; init; }

    /// <summary>The leased ports by variable, and those of <see cref="Leases.LiteralPorts"/> by the port that they stand for.</summary>
    public required IReadOnlyDictionary<string, int> Ports { get; init; }

    /// <summary>The main ports of its repository, which no linked worktree of anybody may get.</summary>
    public required IReadOnlyList<int> MainPorts { get; init; }

    /// <summary>The processes of its stack, so that they can be stopped when git has deleted the worktree.</summary>
    public IReadOnlyList<ProcessRecord> Processes { get; init; } = [];

    /// <summary>True where its stack ever had containers, so that an engine is to be asked when the worktree is gone.</summary>
    public bool HasContainers { get; init; }

    /// <summary>True where the two say the same, item by item.</summary>
    public bool SameAs(Lease other) =>
        this with
        {
            Ports = other.Ports,
            MainPorts = other.MainPorts,
            Processes = other.Processes,
        } == other
        && Ports.Count == other.Ports.Count
        && Ports.All(p => other.Ports.TryGetValue(p.Key, out var port) && port == p.Value)
        && MainPorts.SequenceEqual(other.MainPorts)
        && Processes.SequenceEqual(other.Processes);
}
