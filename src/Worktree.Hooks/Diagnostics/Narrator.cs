namespace Worktree.Hooks.Diagnostics;

/// <summary>
/// Tells the user what happens while it happens: standard error in a terminal or hook, messages and warnings in a
/// build. Answers (tables, JSON) do not pass through here.
/// </summary>
internal abstract class Narrator
{
    /// <summary>Says one line about a step that was done or begins.</summary>
    public abstract void Say(string line);

    /// <summary>Says what went wrong and was survived.</summary>
    public abstract void Warn(Diagnostic diagnostic);

    /// <summary>
    /// Tells how far a long copy is; called a few times a second. A terminal redraws one line, a build or a pipe
    /// prints one now and then.
    /// </summary>
    public virtual void Progress(CopyProgress progress) { }
}

/// <summary>Lets several threads tell their steps, one after another.</summary>
internal sealed class SerialNarrator(Narrator narrator) : Narrator
{
    private readonly Lock gate = new();

    public override void Say(string line)
    {
        lock (gate)
        {
            narrator.Say(line);
        }
    }

    public override void Warn(Diagnostic diagnostic)
    {
        lock (gate)
        {
            narrator.Warn(diagnostic);
        }
    }

    public override void Progress(CopyProgress progress)
    {
        lock (gate)
        {
            narrator.Progress(progress);
        }
    }
}
