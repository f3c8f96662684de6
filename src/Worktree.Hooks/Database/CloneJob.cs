using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>The copy of one database, from the look whether anything is to be done to its place in the worktree.</summary>
internal sealed class CloneJob
{
    private readonly DatabaseCall call;
    private readonly DatabasePlace place;
    private readonly DatabaseKind kind;
    private readonly long start;

    private CloneJob(DatabaseCall call, DatabasePlace place)
    {
        this.call = call;
        this.place = place;
        kind = DatabaseKind.Of(place.Database.Type);
        start = call.Environment.Clock.GetTimestamp();
    }

    /// <summary>Copies one database if that is called for.</summary>
    /// <param name="call">For whom.</param>
    /// <param name="database">The database.</param>
    /// <param name="refresh">True brings an existing one to main's state; false leaves it.</param>
    /// <exception cref="WorktreeHooksException">WTH4001–WTH4009; the worktree has what it had.</exception>
    /// <exception cref="OperationCanceledException">The user cancelled; the worktree has what it had.</exception>
    public static DatabaseOutcome Run(
        DatabaseCall call,
        DatabaseConfiguration database,
        bool refresh
    )
    {
        if (call.Identity.IsMain)
        {
            return new DatabaseOutcome(database.Path, DatabaseOutcomeKind.IsMain);
        }
        if (call.Identity.MainRoot is not { } mainRoot)
        {
            return new DatabaseOutcome(database.Path, DatabaseOutcomeKind.NoMain);
        }
        var found = DatabasePlace.Of(database, call.Identity, mainRoot);
        if (database.Volume is not null)
        {
            return VolumeDatabase.Copy(call, found, refresh);
        }
        try
        {
            return new CloneJob(call, found).Run(refresh);
        }
        catch (Exception e) when (ForeignDatabase.IsCase(e, found))
        {
            return ForeignDatabase.TryCopy(call, found, refresh)
                ?? throw DatabaseFailure.From(e, found);
        }
        catch (Exception e) when (DatabaseFailure.IsExpected(e))
        {
            throw DatabaseFailure.From(e, found);
        }
    }

    private DatabaseOutcome Run(bool refresh)
    {
        var isUnfinished = File.Exists(place.JournalFile);
        if (!isUnfinished && !refresh && IsThere)
        {
            return Outcome(DatabaseOutcomeKind.AlreadyThere);
        }
        if (!isUnfinished && !IsInMain)
        {
            return Outcome(DatabaseOutcomeKind.NothingInMain);
        }
        using var hold = CopyTurn.Wait(call, place);
        Publication.Recover(place);
        place.RemoveLeftOvers();
        if (!refresh && IsThere)
        {
            return Outcome(DatabaseOutcomeKind.AlreadyThere); // the one we waited for made it
        }
        return IsInMain ? CopyFromMain() : Outcome(DatabaseOutcomeKind.NothingInMain);
    }

    private DatabaseOutcome CopyFromMain()
    {
        place.RequireOwnPath();
        var lookedAt = call.Environment.Clock.GetUtcNow();
        using var source = kind.Open(call, place.Source);
        var isReplaced = FileStat.TryOf(place.Target) is not null;
        var isUntouched = !isReplaced;
        if (isReplaced)
        {
            kind.RequireIdle(place.Target);
            var former = CloneManifest.TryRead(place);
            isUntouched =
                !IsThere || (former is not null && Presence.IsUnchangedSince(kind, place, former));
            if (isUntouched && IsThere && former!.IsCopyOf(place, source))
            {
                return Outcome(DatabaseOutcomeKind.Unchanged);
            }
        }
        // Asked only where something is to be replaced: a new copy and an unchanged one need no engine.
        if (isReplaced && place.Database.Type != DatabaseType.Sqlite)
        {
            ContainerServer.RequireNone(call.Environment, place.Target, call.Cancellation);
        }
        var made = new CloneMaker(call, place, source).Make(
            new CloneOrder(lookedAt, isReplaced, isUntouched)
        );
        return Outcome(DatabaseOutcomeKind.Copied) with
        {
            Method = made.Manifest.Method,
            Bytes = made.Manifest.Bytes,
            ReusedBytes = made.ReusedBytes,
            Files = made.Manifest.Files,
            KeptPrevious = made.KeptPrevious ? place.Previous : null,
        };
    }

    private bool IsThere => Presence.InWorktree(kind, place);

    private bool IsInMain => Presence.InMain(kind, place);

    private DatabaseOutcome Outcome(DatabaseOutcomeKind outcome) =>
        new(place.Database.Path, outcome)
        {
            Duration = call.Environment.Clock.GetElapsedTime(start),
        };
}
