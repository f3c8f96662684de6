using System.Runtime.InteropServices;

namespace Worktree.Hooks.Configuration;

/// <summary>TCP ports from <paramref name="First"/> to <paramref name="Last"/>, both included, 1–65535.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PortRange(int First, int Last)
{
    /// <summary>How many ports it holds, at least 1.</summary>
    public int Count => Last - First + 1;

    /// <summary>True for a port of the range.</summary>
    public bool Contains(int port) => port >= First && port <= Last;

    /// <summary>True where the two share a port.</summary>
    public bool Overlaps(PortRange other) => First <= other.Last && other.First <= Last;

    /// <summary><c>4431-4529</c>, as worktree.json writes it.</summary>
    public override string ToString() => $"{First}-{Last}";
}

/// <summary>A variable that holds a port: main always has <paramref name="Main"/>, a worktree one of <paramref name="Range"/>.</summary>
/// <param name="Name">The environment variable, such as <c>APP_PORT</c>.</param>
/// <param name="Main">The main worktree's port, 1–65535, in no range.</param>
/// <param name="Range">The ports for linked worktrees; ranges of different variables do not overlap.</param>
internal sealed record PortVariable(string Name, int Main, PortRange Range)
{
    /// <summary>The three variables of a repository that says nothing.</summary>
    public static IReadOnlyList<PortVariable> Defaults { get; } =
    [
        new("HTTPS_PORT", 443, new PortRange(4431, 4529)),
        new("APP_PORT", 5001, new PortRange(5002, 5100)),
        new("POSTGRES_PORT", 5432, new PortRange(5433, 5531)),
    ];
}
