namespace Worktree.Hooks.Tests.Support;

/// <summary>A clock that always tells the same time.</summary>
internal sealed class StoppedClock(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}
