using System.Collections.Concurrent;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Database;

/// <summary>Servers of other major versions than this machine's: those that <c>build/other-postgres.sh</c> fetched.</summary>
public sealed class PostgresVersions : IDisposable
{
    private static readonly IReadOnlyList<string> Folders =
        HostEnvironment
            .Capture()
            .Variable("WORKTREE_HOOKS_OTHER_POSTGRES")
            ?.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        ?? [];

    private readonly ConcurrentDictionary<int, PostgresServer> servers = [];

    /// <summary>What is asked for: the oldest and the newest that are supported, and what lies between.</summary>
    public static TheoryData<int> Asked => [13, 17, 18];

    /// <summary>The server of a version; skips the test where it was not fetched.</summary>
    public PostgresServer Require(int version)
    {
        var programs = Folders.FirstOrDefault(f =>
            f.Contains($"/{version}/", StringComparison.Ordinal)
        );
        Skip.If(
            programs is null,
            $"WORKTREE_HOOKS_OTHER_POSTGRES has no PostgreSQL {version}; build/other-postgres.sh fetches it"
        );
        return servers.GetOrAdd(version, _ => new PostgresServer(programs));
    }

    public void Dispose()
    {
        foreach (var server in servers.Values)
        {
            server.Dispose();
        }
    }
}
