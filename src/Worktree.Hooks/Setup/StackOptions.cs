namespace Worktree.Hooks.Setup;

/// <summary>What a start does with the databases; both false leaves it to <c>"onStart"</c> in worktree.json.</summary>
/// <param name="KeepDatabase">Leave them as they are.</param>
/// <param name="SyncDatabase">Refresh them from main, whatever worktree.json says.</param>
internal sealed record StackOptions(bool KeepDatabase = false, bool SyncDatabase = false)
{
    /// <summary>False where other stacks need not be named, as they are all being started.</summary>
    public bool NameOthers { get; init; } = true;
}
