using Worktree.Hooks.Configuration;
using Worktree.Hooks.Git;

namespace Worktree.Hooks.Leases;

/// <summary>A port variable and the port that this worktree has for it.</summary>
/// <param name="Variable">Name, main port and range.</param>
/// <param name="Port">The worktree's own port, 1–65535.</param>
internal sealed record AllocatedPort(PortVariable Variable, int Port);

/// <summary>The names and ports that one worktree has leased: what <c>.env.local</c> and the stack are made from.</summary>
internal sealed record Allocation
{
    /// <summary>The worktree.</summary>
    public required WorktreeIdentity Identity { get; init; }

    /// <summary>What the repository says about itself.</summary>
    public required WorktreeConfiguration Configuration { get; init; }

    /// <summary>The Compose project name, unique among the live leases of this user.</summary>
    public required string ProjectName { get; init; }

    /// <summary>The host name, such as <c>feature-x.dev.localhost</c>, unique among the live leases of this user.</summary>
    public required string Host { get; init; }

    /// <summary>The ports, in the order of the configuration.</summary>
    public required IReadOnlyList<AllocatedPort> Ports { get; init; }

    /// <summary>
    /// What this worktree has in the place of ports that a compose file names outright, by that port; main has them.
    /// </summary>
    public IReadOnlyDictionary<int, int> LiteralPorts { get; init; } = new Dictionary<int, int>();

    /// <summary>Every variable of the block in <c>.env.local</c>, in its order, references filled in, not quoted.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Variables { get; init; }
}
