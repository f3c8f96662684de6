using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>Goes back to the previous generation of a database: the one that the last refresh replaced.</summary>
internal static class DatabaseRestore
{
    /// <summary>Exchanges the two; what was current is the previous generation then, so that a second call undoes the first.</summary>
    /// <exception cref="WorktreeHooksException">WTH4003: a server runs on it. WTH4010: there is no previous generation.</exception>
    /// <exception cref="OperationCanceledException">The user cancelled while waiting for a copy.</exception>
    public static DatabaseOutcome Run(DatabaseCall call, DatabaseConfiguration database)
    {
        var identity = call.Identity;
        if (identity.IsMain || identity.MainRoot is not { } mainRoot)
        {
            throw NothingToRestore(Path.Combine(identity.Checkout.Root, database.Path));
        }
        var place = DatabasePlace.Of(database, identity, mainRoot);
        if (database.Volume is not null)
        {
            return VolumeDatabase.Restore(call, place);
        }
        try
        {
            return Run(call, place);
        }
        catch (Exception e) when (ForeignDatabase.IsCase(e, place))
        {
            return ForeignDatabase.TryRestore(call, place) ?? throw DatabaseFailure.From(e, place);
        }
        catch (Exception e) when (DatabaseFailure.IsExpected(e))
        {
            throw DatabaseFailure.From(e, place);
        }
    }

    private static DatabaseOutcome Run(DatabaseCall call, DatabasePlace place)
    {
        var kind = DatabaseKind.Of(place.Database.Type);
        using var hold = CopyTurn.Wait(call, place);
        Publication.Recover(place);
        place.RemoveLeftOvers();
        if (FileStat.TryOf(place.Previous) is null)
        {
            throw NothingToRestore(place.Target);
        }
        place.RequireOwnPath();
        foreach (var path in new[] { place.Target, place.Previous })
        {
            if (FileStat.TryOf(path) is not null)
            {
                kind.RequireIdle(path);
                kind.Settle(path);
            }
        }
        Publication.Restore(place, PathExchange.TryExchange);
        return new DatabaseOutcome(place.Database.Path, DatabaseOutcomeKind.Restored)
        {
            KeptPrevious = FileStat.TryOf(place.Previous) is null ? null : place.Previous,
        };
    }

    /// <summary>WTH4010.</summary>
    public static WorktreeHooksException NothingToRestore(string path) =>
        new(
            ErrorCatalogue.NothingToRestore,
            $"'{path}' has no previous generation: no refresh has replaced a database that this worktree wrote to, or "
                + "\"previous\" is false in worktree.json. Nothing was changed."
        );
}
