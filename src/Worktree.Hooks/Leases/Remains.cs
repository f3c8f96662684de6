using System.Text.Json.Serialization;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>A container engine in which a worktree's stack has been, where its labels alone do not lead there later.</summary>
/// <param name="Engine">Its address, as <see cref="ContainerEngine.Address"/> has it.</param>
/// <param name="Volumes">Volumes without a name there whose containers are gone: nothing labels them as the worktree's.</param>
internal sealed record EngineUse(string Engine, IReadOnlyList<string> Volumes)
{
    /// <summary>True where the engine is on another machine, so that its labels do not tell whose worktrees are gone.</summary>
    public bool IsRemote =>
        Uri.TryCreate(Engine, UriKind.Absolute, out var endpoint)
        && EngineEndpoint.IsRemote(endpoint);

    /// <summary>True where the two say the same, item by item.</summary>
    public bool SameAs(EngineUse other) =>
        Engine == other.Engine && Volumes.SequenceEqual(other.Volumes, StringComparer.Ordinal);
}

/// <summary>What a freed lease leaves behind: no ports and no names, only where <c>prune</c> still has to look.</summary>
/// <param name="GitDirectory">The private git dir, which is the value of the labels there.</param>
/// <param name="ProjectName">The Compose project name, for people.</param>
/// <param name="Root">The worktree's root when it was last seen.</param>
/// <param name="Engine">The engine's address.</param>
/// <param name="Volumes">Its volumes without a name there.</param>
internal sealed record Remains(
    string GitDirectory,
    string ProjectName,
    string Root,
    string Engine,
    IReadOnlyList<string> Volumes
)
{
    /// <summary>Tells this note from one that is made of the same worktree later; empty in files of older versions.</summary>
    [JsonIgnore]
    public string Noted { get; init; } = "";

    /// <summary>The engine and what is there.</summary>
    public EngineUse ToUse() => new(Engine, Volumes);

    /// <summary>True where git has deleted the worktree; a new one of its name takes them over with its lease.</summary>
    public bool IsGone() => GonePlace.IsNothingAt(GitDirectory);

    /// <summary>The repository's common dir, which is main's private git dir too.</summary>
    public string CommonDirectory() => CommonDirectoryOf(GitDirectory);

    /// <summary>The common dir of a private git dir that need not be there any more.</summary>
    public static string CommonDirectoryOf(string gitDirectory) =>
        Path.GetDirectoryName(gitDirectory) is { } worktrees
        && Path.GetFileName(worktrees) == "worktrees"
            ? Path.GetDirectoryName(worktrees)!
            : gitDirectory;

    /// <summary>True where both are one note.</summary>
    public bool IsSameNote(Remains other) => IsOfSame(other) && Noted == other.Noted;

    /// <summary>True where both are of one worktree in one engine.</summary>
    public bool IsOfSame(Remains other) =>
        GitDirectory == other.GitDirectory && Engine == other.Engine;
}
