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

    /// <summary>Brings a tree to main's state; its method says how.</summary>
    /// <exception cref="IOException">The disk is full or failed, or main changed where it must not.</exception>
    public abstract void Copy(CopyPlan plan, CopyTree tree);

    /// <summary>Makes the copy whole, or throws where main changed meanwhile; no server starts on it yet.</summary>
    /// <exception cref="Diagnostics.WorktreeHooksException">WTH4002: main changed, or its server refuses.</exception>
    public abstract void Complete(CopyPlan plan, string target);

    /// <summary>What <see cref="DatabaseKind.IsUnchanged"/> is to compare the copy with, once it is startable.</summary>
    public abstract string FingerprintOfCopy(string target);

    /// <summary>Makes the completed copy startable, in one step.</summary>
    public abstract void MakeStartable(string target);

    public abstract void Dispose();
}

/// <summary>A database whose files stand still.</summary>
internal sealed class StoppedSource : SourceSession
{
    private readonly DatabaseKind kind;
    private readonly string source;
    private readonly CopyPlan plan;
    private ControlFile? control;

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

    public override void Copy(CopyPlan plan, CopyTree tree) => kind.Copy(plan, source, tree);

    public override void Complete(CopyPlan plan, string target)
    {
        control = plan.LastFile is null ? null : ControlFile.Read(source);
        kind.RequireSameSource(plan, source);
    }

    public override string FingerprintOfCopy(string target) =>
        control is null ? kind.FingerprintOf(target) : ControlFile.Fingerprint(control.Content);

    public override void MakeStartable(string target) => control?.PutInto(target);

    public override void Dispose() { }
}
