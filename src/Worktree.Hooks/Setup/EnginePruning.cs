using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>What a <c>prune</c> does in the engine that is at hand: one worktree after another, whatever becomes of the others.</summary>
/// <param name="engine">The engine.</param>
/// <param name="formerPlaces">The private git dirs that living worktrees had before their repository was moved.</param>
/// <param name="narrator">Hears of what stays.</param>
/// <param name="cancellation">Ends it.</param>
internal sealed class EnginePruning(
    ContainerEngine engine,
    IReadOnlySet<string> formerPlaces,
    Narrator narrator,
    CancellationToken cancellation
)
{
    private readonly List<RemovedContainers> removed = [];
    private readonly List<Remains> done = [];
    private readonly List<Remains> unseen = [];

    /// <summary>What was removed.</summary>
    public IReadOnlyList<RemovedContainers> Removed => removed;

    /// <summary>What is there no more, and can be forgotten.</summary>
    public IReadOnlyList<Remains> Done => done;

    /// <summary>What stays, as its repository cannot be seen.</summary>
    public IReadOnlyList<Remains> Unseen => unseen;

    /// <summary>The first trouble.</summary>
    public WorktreeHooksException? Trouble { get; private set; }

    /// <summary>Removes what worktrees that git has deleted left, and names what others may have left.</summary>
    /// <param name="here">What is remembered of this engine.</param>
    public void Run(IReadOnlyList<Remains> here)
    {
        IReadOnlyList<string> labelled = [];
        var answers = Try(
            "worktrees",
            () => labelled = GoneWorktrees.LabelledIn(engine, cancellation)
        );
        var known = here.ToLookup(r => r.GitDirectory, StringComparer.Ordinal);
        foreach (var gitDirectory in labelled.Union(known.Select(k => k.Key)))
        {
            if (!answers)
            {
                return;
            }
            answers = Try(
                $"'{Path.GetFileName(gitDirectory)}'",
                () => Prune(gitDirectory, [.. known[gitDirectory]])
            );
        }
    }

    private void Prune(string gitDirectory, IReadOnlyList<Remains> notes)
    {
        // Since the leases were read, the worktree may have been added again: it has the same labels.
        if (!GonePlace.IsNothingAt(gitDirectory))
        {
            return;
        }
        // What is labelled so is a living worktree's, whose repository was moved; the note stays for when it is gone.
        if (formerPlaces.Contains(gitDirectory))
        {
            return;
        }
        string[] unnamed = [.. notes.SelectMany(r => r.Volumes)];
        if (
            GoneWorktrees.IsInSeenRepository(gitDirectory)
            && !notes.Any(n => GoneWorktrees.HasWorkTree(n.Root))
        )
        {
            var all = WorktreeContainers.Remove(engine, gitDirectory, true, cancellation, unnamed);
            if (!all.IsEmpty)
            {
                removed.Add(all);
            }
        }
        else if (
            notes is [var note, ..]
            && UnseenRemains.Find(engine, gitDirectory, unnamed, cancellation) is [_, ..] commands
        )
        {
            UnseenRemains.Warn(engine, note, commands, narrator);
            unseen.AddRange(notes);
            return;
        }
        done.AddRange(notes);
    }

    // False where there is no use in going on.
    private bool Try(string whose, Action act)
    {
        try
        {
            act();
            return true;
        }
        catch (EngineException e)
        {
            Trouble ??= EngineErrors.Of(
                e,
                $"the removal of what {whose} left",
                "run 'dotnet worktree prune' again"
            );
            return e.Fault != EngineFault.Unreachable;
        }
    }
}
