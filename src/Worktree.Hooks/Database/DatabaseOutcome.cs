using Worktree.Hooks.Configuration;

namespace Worktree.Hooks.Database;

/// <summary>What became of one database.</summary>
internal enum DatabaseOutcomeKind
{
    /// <summary>Main's database was copied.</summary>
    Copied,

    /// <summary>The previous generation is in its place again.</summary>
    Restored,

    /// <summary>The worktree has one, and only missing ones were to be copied.</summary>
    AlreadyThere,

    /// <summary>Neither main nor the worktree changed since the last copy.</summary>
    Unchanged,

    /// <summary>Main has no database at this path.</summary>
    NothingInMain,

    /// <summary>It lies in a volume, and no container engine answers: the start of the stack copies it.</summary>
    NoEngine,

    /// <summary>There is no main worktree to copy from.</summary>
    NoMain,

    /// <summary>This is the main worktree: its database is the one that others copy.</summary>
    IsMain,
}

/// <summary>What became of one database of a worktree.</summary>
/// <param name="Path">Its path relative to the worktree's root, or <c>volume:NAME</c>.</param>
/// <param name="Kind">What was done, or why nothing was.</param>
internal sealed record DatabaseOutcome(string Path, DatabaseOutcomeKind Kind)
{
    /// <summary><c>reflink</c>, <c>copy</c>, <c>refresh</c> or <c>sqlite backup</c>; null where nothing was copied.</summary>
    public string? Method { get; init; }

    /// <summary>The size of what was copied.</summary>
    public long Bytes { get; init; }

    /// <summary>How much of it was in the worktree already and did not have to be written.</summary>
    public long ReusedBytes { get; init; }

    /// <summary>The number of files that were copied.</summary>
    public int Files { get; init; }

    /// <summary>How long it took, waiting for a concurrent copy included.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The former database, which the worktree had written to and which was kept; null where none was.</summary>
    public string? KeptPrevious { get; init; }
}

/// <summary>What <c>db info</c> shows of one database.</summary>
internal sealed record DatabaseInfo
{
    /// <summary>Its path relative to the worktree's root.</summary>
    public required string Path { get; init; }

    public required DatabaseType Type { get; init; }

    /// <summary>Its full path in this worktree.</summary>
    public required string FullPath { get; init; }

    /// <summary>True where this worktree has it.</summary>
    public required bool Exists { get; init; }

    /// <summary>Its size; null where there is none or this user may not look into it.</summary>
    public long? Bytes { get; init; }

    /// <summary>The number of its files; null as <see cref="Bytes"/>.</summary>
    public int? Files { get; init; }

    /// <summary>Main's database; null in main and where there is no main.</summary>
    public string? Source { get; init; }

    /// <summary>True where main has it.</summary>
    public bool SourceExists { get; init; }

    /// <summary>When it was copied from main; null where it never was.</summary>
    public DateTimeOffset? CopiedAt { get; init; }

    /// <summary>How it was copied; null where it never was.</summary>
    public string? Method { get; init; }

    /// <summary>True where this worktree wrote to it since; null where that cannot be told.</summary>
    public bool? ChangedSince { get; init; }

    /// <summary>What deleting it would give back: blocks that it shares with main or a copy are not counted. Only in <c>db info</c>.</summary>
    public long? UniqueBytes { get; init; }

    /// <summary>The generation before, kept beside it; null where there is none.</summary>
    public string? Previous { get; init; }

    /// <summary>What is known of it; null where there is none, and but in <c>db info</c>.</summary>
    public GenerationInfo? PreviousGeneration { get; init; }
}

/// <summary>What <c>db info</c> shows of the generation before.</summary>
/// <param name="FullPath">Where it lies.</param>
/// <param name="ReplacedAt">When a refresh, or a restore, put another one in its place.</param>
/// <param name="Bytes">Its size; null where this user may not look into it.</param>
/// <param name="UniqueBytes">As <see cref="DatabaseInfo.UniqueBytes"/>.</param>
internal sealed record GenerationInfo(
    string FullPath,
    DateTimeOffset ReplacedAt,
    long? Bytes,
    long? UniqueBytes
);
