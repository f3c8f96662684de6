using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>What every call for the databases of one worktree has in common.</summary>
/// <param name="Environment">The environment of the process.</param>
/// <param name="Identity">The worktree.</param>
/// <param name="Narrator">Is told of long copies, of warnings and of what was left out.</param>
/// <param name="Cancellation">Set where the user cancels.</param>
internal sealed record DatabaseCall(
    HostEnvironment Environment,
    WorktreeIdentity Identity,
    Narrator Narrator,
    CancellationToken Cancellation
)
{
    /// <summary>
    /// True where volumes are those of services in <c>worktree.json</c>, which evade names of other owners; Compose goes by
    /// the name alone.
    /// </summary>
    public bool EvadesOwners { get; init; }
}
