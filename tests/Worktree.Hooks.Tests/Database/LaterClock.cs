namespace Worktree.Hooks.Tests.Database;

/// <summary>
/// A clock that is some seconds ahead, so that files which were just made count as rested. The system's own steps of a
/// file's times (a few milliseconds) have to be waited for: <see cref="Tick"/>.
/// </summary>
internal sealed class LaterClock(TimeSpan ahead) : TimeProvider
{
    /// <summary>Called whenever somebody measures a time, as a copy does all the while.</summary>
    public Action Looked { get; init; } = () => { };

    public override long GetTimestamp()
    {
        Looked();
        return System.GetTimestamp();
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + ahead;

    /// <summary>Waits until a write has a later time than one before the call, in a file of this folder.</summary>
    public static void Tick(string folder)
    {
        var path = Path.Combine(folder, ".tick");
        File.WriteAllText(path, "");
        var first = File.GetLastWriteTimeUtc(path);
        do
        {
            File.WriteAllText(path, "");
        } while (File.GetLastWriteTimeUtc(path) == first);
        File.Delete(path);
    }
}
