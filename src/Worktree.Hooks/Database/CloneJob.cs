using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>The copy of one database, from the look whether anything is to be done to its place in the worktree.</summary>
internal sealed class CloneJob
{
    private readonly HostEnvironment environment;
    private readonly Narrator narrator;
    private readonly CancellationToken cancellation;
    private readonly DatabasePlace place;
    private readonly DatabaseKind kind;
    private readonly WorktreeIdentity identity;
    private readonly long start;

    private CloneJob(
        HostEnvironment environment,
        WorktreeIdentity identity,
        DatabasePlace place,
        Narrator narrator,
        CancellationToken cancellation
    )
    {
        this.environment = environment;
        this.identity = identity;
        this.place = place;
        this.narrator = narrator;
        this.cancellation = cancellation;
        kind = DatabaseKind.Of(place.Database.Type);
        start = environment.Clock.GetTimestamp();
    }

    /// <summary>Copies one database if that is called for.</summary>
    /// <param name="environment">The environment of the process.</param>
    /// <param name="identity">The worktree.</param>
    /// <param name="database">The database.</param>
    /// <param name="refresh">True brings an existing one to main's state; false leaves it.</param>
    /// <param name="narrator">Is told of long copies and of what was left out.</param>
    /// <param name="cancellation">Set where the user cancels.</param>
    /// <exception cref="WorktreeHooksException">WTH4001–WTH4009; the worktree has what it had.</exception>
    /// <exception cref="OperationCanceledException">The user cancelled; the worktree has what it had.</exception>
    public static DatabaseOutcome Run(
        HostEnvironment environment,
        WorktreeIdentity identity,
        DatabaseConfiguration database,
        bool refresh,
        Narrator narrator,
        CancellationToken cancellation
    )
    {
        if (identity.IsMain)
        {
            return new DatabaseOutcome(database.Path, DatabaseOutcomeKind.IsMain);
        }
        if (identity.MainRoot is not { } mainRoot)
        {
            return new DatabaseOutcome(database.Path, DatabaseOutcomeKind.NoMain);
        }
        var found = DatabasePlace.Of(database, identity, mainRoot);
        try
        {
            return new CloneJob(environment, identity, found, narrator, cancellation).Run(refresh);
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
        using var hold = CopyTurn.Wait(place, narrator, cancellation);
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
        using var source = kind.Open(
            new SourceRequest(environment, identity.MainRoot!, place.Source, narrator, cancellation)
        );
        var lookedAt = environment.Clock.GetUtcNow();
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
        var fingerprint = source.Fingerprint;
        var plan = source.Plan();
        Prepare(plan);
        try
        {
            var method = MakeCopy(source, plan);
            var made = kind.Made(plan, place.Temporary);
            var manifest = new CloneManifest
            {
                Version = CloneManifest.CurrentVersion,
                Source = place.Source,
                CopiedAt = lookedAt,
                Method = method,
                Bytes = made.Bytes,
                Files = made.AllFiles.Count(),
                SourceFingerprint = fingerprint,
                SourceSettled = source.IsSettledAt(lookedAt),
                CloneFingerprint = kind.FingerprintOf(place.Temporary),
            };
            if (isReplaced)
            {
                kind.RequireIdle(place.Target); // the copy may have taken minutes
                kind.Settle(place.Target);
            }
            cancellation.ThrowIfCancellationRequested();
            var keeps = !isUntouched && place.Database.KeepPrevious;
            Publication.Publish(place, manifest, keeps, PathExchange.TryExchange);
            return Outcome(DatabaseOutcomeKind.Copied) with
            {
                Method = method,
                Bytes = made.Bytes,
                Files = manifest.Files,
                KeptPrevious = keeps ? place.Previous : null,
            };
        }
        catch
        {
            GiveUp();
            throw;
        }
    }

    private string MakeCopy(SourceSession source, CopyPlan plan)
    {
        var meter = new CopyMeter(
            environment,
            narrator,
            $"copying '{place.Database.Path}' from main",
            cancellation
        )
        {
            Total = plan.Bytes,
        };
        var method = source.Copy(plan, place.Temporary, meter);
        source.Complete(plan, place.Temporary);
        kind.Detach(place.Temporary, identity.ProjectName, narrator);
        return method;
    }

    private void Prepare(CopyPlan plan)
    {
        if (place.Source != place.PlainSource)
        {
            narrator.Say(
                $"'{place.PlainSource}' leads through a link: what it leads to, '{place.Source}', is copied."
            );
        }
        foreach (var link in plan.LinksLeftOut)
        {
            narrator.Warn(
                new Diagnostic(
                    ErrorCatalogue.LinkLeftOut,
                    $"'{link.FullPath}' is a symbolic link to '{link.LinkTarget}', outside the database, so the copy has "
                        + "nothing there. Put a file or folder in its place if the copy needs it."
                )
            );
        }
        Directory.CreateDirectory(Path.GetDirectoryName(place.Target)!);
        KeepOutOfGitStatus();
    }

    private void KeepOutOfGitStatus()
    {
        try
        {
            ExcludeFile.Ensure(identity.Checkout, [.. DatabasePlace.Ignorable(place.Database)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            narrator.Say(
                $"info/exclude could not be written, so git status may show '{place.Database.Path}': {e.Message}"
            );
        }
    }

    // A copy that was in place is completed; anything else is removed. What fails here is left for the next command.
    private void GiveUp()
    {
        try
        {
            Publication.Recover(place);
            place.RemoveLeftOvers();
        }
        catch (Exception e) when (DatabaseFailure.IsExpected(e))
        {
            narrator.Say($"'{place.Temporary}' could not be removed: {e.Message}");
        }
    }

    private bool IsThere => Presence.InWorktree(kind, place);

    private bool IsInMain => Presence.InMain(kind, place);

    private DatabaseOutcome Outcome(DatabaseOutcomeKind outcome) =>
        new(place.Database.Path, outcome) { Duration = environment.Clock.GetElapsedTime(start) };
}
