using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>Main's database while it is copied: stopped, or running in its server's backup mode.</summary>
internal abstract class SourceSession : IDisposable
{
    /// <summary>Tells one state of main's database from another; two equal ones hold the same data.</summary>
    public abstract string Fingerprint { get; }

    /// <summary>False where a change may come that <see cref="Fingerprint"/> would not show.</summary>
    /// <param name="now">The moment of the copy.</param>
    public abstract bool IsSettledAt(DateTimeOffset now);

    /// <summary>Says what is to be copied; a running server begins its backup with it.</summary>
    /// <exception cref="SourceUnreadableException">Something may not be read.</exception>
    public abstract CopyPlan Plan();

    /// <summary>Makes the copy at a path that does not exist; returns how.</summary>
    /// <exception cref="IOException">The disk is full or failed, or main changed where it must not.</exception>
    public abstract string Copy(CopyPlan plan, string target, CopyMeter meter);

    /// <summary>Makes the copy whole, or throws where main changed meanwhile; nothing of it could be started before.</summary>
    /// <exception cref="Diagnostics.WorktreeHooksException">WTH4002: main changed, or its server refuses.</exception>
    public abstract void Complete(CopyPlan plan, string target);

    public abstract void Dispose();
}

/// <summary>A database whose files stand still.</summary>
internal sealed class StoppedSource : SourceSession
{
    private readonly DatabaseKind kind;
    private readonly string source;
    private readonly CopyPlan plan;

    /// <summary>Looks at the files.</summary>
    /// <exception cref="Diagnostics.WorktreeHooksException">WTH4002, WTH4006, WTH4007.</exception>
    public StoppedSource(DatabaseKind kind, string source)
    {
        this.kind = kind;
        this.source = source;
        kind.RequireCopyable(source);
        plan = kind.Plan(source);
    }

    public override string Fingerprint => plan.Fingerprint;

    public override bool IsSettledAt(DateTimeOffset now) => plan.IsSettledAt(now);

    public override CopyPlan Plan() => plan;

    public override string Copy(CopyPlan plan, string target, CopyMeter meter) =>
        kind.Copy(plan, source, target, meter);

    public override void Complete(CopyPlan plan, string target) =>
        kind.RequireSameSource(plan, source);

    public override void Dispose() { }
}
