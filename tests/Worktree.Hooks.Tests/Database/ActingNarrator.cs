using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Tests.Database;

/// <summary>
/// Does something to main when the copy warns of a link, once: everything was looked at then and nothing was copied.
/// </summary>
internal sealed class ActingNarrator(Action act) : Narrator
{
    private bool isDone;

    public override void Say(string line) { }

    public override void Warn(Diagnostic diagnostic)
    {
        if (!isDone)
        {
            isDone = true;
            act();
        }
    }
}
