using System.Text.Json.Serialization;

namespace Worktree.Hooks.Setup;

/// <summary>One service of a worktree's stack, as tables and JSON show it.</summary>
/// <param name="Name">Its name in worktree.json or in the compose file.</param>
/// <param name="State">
/// <c>running</c>, <c>unhealthy</c>, <c>done</c> for what ended in order, or <c>stopped</c>: it was never started, ended
/// otherwise, or its container is gone.
/// </param>
/// <param name="ProcessId">The process, while it runs; null for a container.</param>
/// <param name="Since">When it was started; null where it never was, or its container is gone.</param>
/// <param name="MemoryBytes">What it takes with its children; null where it does not run or the system does not tell.</param>
/// <param name="Log">Its log file, whether there is one yet or not; null for a container, whose log the engine has.</param>
/// <param name="Container">The container's name; null for a process, and where there is no container.</param>
/// <param name="LastLineAt">
/// When it last wrote to its log; null where it never did, and for a container where that cannot matter: it was started less
/// than two hours ago, or its last line is older than that.
/// </param>
internal sealed record ServiceRow(
    string Name,
    string State,
    int? ProcessId,
    DateTimeOffset? Since,
    long? MemoryBytes,
    string? Log,
    string? Container,
    [property: JsonIgnore] DateTimeOffset? LastLineAt
);

/// <summary>One database of a worktree.</summary>
/// <param name="Path">Its path relative to the worktree's root.</param>
/// <param name="Exists">True where the worktree has it.</param>
/// <param name="Bytes">Its size; null where there is none or this user may not look into it.</param>
/// <param name="CopiedAt">When it was copied from main; null where it never was.</param>
/// <param name="ChangedSince">True where this worktree wrote to it since; null where that cannot be told.</param>
internal sealed record DatabaseRow(
    string Path,
    bool Exists,
    long? Bytes,
    DateTimeOffset? CopiedAt,
    bool? ChangedSince
);

/// <summary>One worktree with its stack.</summary>
/// <param name="Worktree">Names and ports.</param>
/// <param name="State">
/// <c>running</c>, <c>partly running</c> where one that is meant to run does not or is unhealthy, <c>stopped</c> where none
/// runs, or <c>no stack</c> where there are neither services nor a compose file. A one-shot step counts for none of these.
/// </param>
/// <param name="Services">
/// The services of its own worktree.json; where that names none, those that the last start of its compose file wanted. Then
/// what else the engine has of it.
/// </param>
/// <param name="MemoryBytes">What its services take together; null where that is not known.</param>
/// <param name="LastActivity">
/// The latest of a service's start, its last log line, a commit, and an open connection to a web port; null where nothing
/// runs. A container that was started less than two hours ago is not asked for its last line: it is not idle anyway.
/// </param>
/// <param name="Idle">True where it runs and the last activity was more than two hours ago.</param>
/// <param name="Databases">Its databases.</param>
internal sealed record StatusRow(
    WorktreeRow Worktree,
    string State,
    IReadOnlyList<ServiceRow> Services,
    long? MemoryBytes,
    DateTimeOffset? LastActivity,
    bool Idle,
    IReadOnlyList<DatabaseRow> Databases
);
