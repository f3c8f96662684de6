using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>
/// Runs the health checks of containers as soon and as often as it makes sense. The engine runs them too, but for the
/// first time after an interval, often of half a minute.
/// </summary>
internal sealed class HealthProbe(ContainerEngine engine, TimeProvider clock)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    // Their images start a server to fill the database, which such a check cannot tell from the one that comes after it.
    private static readonly string[] TwoServers = ["MYSQL_", "MARIADB_", "MONGO_"];

    private readonly Dictionary<string, DateTimeOffset> notBefore = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> words = new(StringComparer.Ordinal);

    /// <summary>What a container's health check wrote last, the engine's own run of it first; empty where it wrote nothing.</summary>
    public string Said(string id, EngineContainerDetails details) =>
        details.HealthOutput.Length > 0 ? details.HealthOutput : words.GetValueOrDefault(id, "");

    /// <summary>True where the container's health check passes now; false also where it is not its turn yet.</summary>
    /// <exception cref="OperationCanceledException">The user gave up.</exception>
    public bool Passes(string id, EngineContainerDetails details, CancellationToken cancellation) =>
        details.HealthCommand.Count > 0
        && !details.Env.Keys.Any(n =>
            TwoServers.Any(t => n.StartsWith(t, StringComparison.Ordinal))
        )
        && Passes(id, details.HealthCommand, cancellation);

    private bool Passes(string id, IReadOnlyList<string> command, CancellationToken cancellation)
    {
        var began = clock.GetUtcNow();
        if (began < notBefore.GetValueOrDefault(id))
        {
            return false;
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        try
        {
            var answer = engine.Exec(id, command, limit.Token);
            if (answer.ExitCode == 0)
            {
                return true;
            }
            words[id] = (answer.Output + answer.ErrorOutput).Trim();
        }
        catch (EngineException)
        {
            // it ended meanwhile, which the next look shows
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // It hangs: from now on the engine alone, which ends such a check, is asked.
            notBefore[id] = DateTimeOffset.MaxValue;
            return false;
        }
        // A check that takes a second of work is run every other second.
        var now = clock.GetUtcNow();
        notBefore[id] = now + (now - began);
        return false;
    }
}
