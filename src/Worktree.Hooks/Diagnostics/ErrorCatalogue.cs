namespace Worktree.Hooks.Diagnostics;

/// <summary>
/// Every code this product can print, in one file for each thousand. A code is never reused; a test holds this
/// catalogue and <c>docs/errors.md</c> equal.
/// </summary>
internal static partial class ErrorCatalogue
{
    /// <summary>WTH9001: something that must not happen, happened.</summary>
    public static readonly ErrorDefinition UnexpectedError = new(
        "WTH9001",
        "UnexpectedError",
        "Worktree.Hooks met a state that it does not expect; please report it."
    );

    /// <summary>WTH9002: said by build/Worktree.Hooks.proj and build/Bootstrap.proj, where no code of ours runs yet.</summary>
    public static readonly ErrorDefinition TasksUnavailable = new(
        "WTH9002",
        "TasksUnavailable",
        "The MSBuild tasks could not be built, or this MSBuild cannot load them."
    );
}
