using System.Diagnostics;

namespace Worktree.Hooks.Diagnostics;

/// <summary>Narrates where nothing can be drawn over: a long copy is told in a line now and then.</summary>
internal abstract class LineNarrator : Narrator
{
    private static readonly TimeSpan ProgressPause = TimeSpan.FromSeconds(5);
    private readonly Stopwatch sinceProgress = Stopwatch.StartNew();
    private readonly Lock gate = new();

    /// <summary>Says what stopped the operation.</summary>
    public abstract void Fail(Diagnostic diagnostic);

    public sealed override void Progress(CopyProgress progress)
    {
        lock (gate)
        {
            if (sinceProgress.Elapsed < ProgressPause)
            {
                return;
            }
            sinceProgress.Restart();
        }
        Say(progress.Text);
    }
}
