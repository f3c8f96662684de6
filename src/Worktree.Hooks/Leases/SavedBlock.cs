namespace Worktree.Hooks.Leases;

/// <summary>What a worktree's <c>.env.local</c> remembers of its lease.</summary>
/// <param name="WorktreeName">Whose block it is.</param>
/// <param name="Values">The block's variables, unquoted.</param>
internal sealed record SavedBlock(string WorktreeName, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>A variable's value as a port; null where it is none.</summary>
    public int? Port(string name) =>
        Values.TryGetValue(name, out var text)
        && int.TryParse(text, out var port)
        && port is >= 1 and <= 65535
            ? port
            : null;
}

/// <summary>Reads the block in the <c>.env.local</c> of a worktree's root; null where there is none.</summary>
internal delegate SavedBlock? ReadSavedBlock(string root);
