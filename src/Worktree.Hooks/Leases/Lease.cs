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

    /// <summary>
    /// The engines that cannot be found by the labels in them once the worktree is gone: those on other machines, and
    /// those with volumes without a name that outlived their containers.
    /// </summary>
    public IReadOnlyList<EngineUse> Engines { get; init; } = [];

    /// <summary>True where its stack has been on another machine.</summary>
    public bool HasRemoteEngine => Engines.Any(e => e.IsRemote);

    /// <summary>What it leaves behind when it is taken out.</summary>
    public IEnumerable<Remains> Remains =>
        Engines.Select(e => new Remains(GitDirectory, ProjectName, Root, e.Engine, e.Volumes));

    /// <summary>The volumes without a name that it has in an engine.</summary>
    public IReadOnlyList<string> VolumesIn(string engine) =>
        Engines.FirstOrDefault(e => e.Engine == engine)?.Volumes ?? [];

    /// <summary>The lease with another account of one engine; a use of an engine here that holds no volumes is none.</summary>
    public Lease With(EngineUse use)
    {
        var others = Engines.Where(e => e.Engine != use.Engine);
        return this with
        {
            Engines = use.IsRemote || use.Volumes.Count > 0 ? [.. others, use] : [.. others],
        };
    }

    /// <summary>True where the two say the same, item by item.</summary>
    public bool SameAs(Lease other) =>
        this with
        {
            Ports = other.Ports,
            MainPorts = other.MainPorts,
            Processes = other.Processes,
            Engines = other.Engines,
        } == other
        && Ports.Count == other.Ports.Count
        && Ports.All(p => other.Ports.TryGetValue(p.Key, out var port) && port == p.Value)
        && MainPorts.SequenceEqual(other.MainPorts)
        && Processes.SequenceEqual(other.Processes)
        && Engines.Count == other.Engines.Count
        && Engines.Zip(other.Engines).All(e => e.First.SameAs(e.Second));
}
