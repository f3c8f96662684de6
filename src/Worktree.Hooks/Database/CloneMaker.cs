using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>What is to be made of the worktree's database.</summary>
/// <param name="LookedAt">A moment before main was looked at.</param>
/// <param name="IsReplaced">True where the worktree has something at the path.</param>
/// <param name="IsUntouched">True where nothing of anybody's is in that.</param>
internal sealed record CloneOrder(DateTimeOffset LookedAt, bool IsReplaced, bool IsUntouched);

/// <summary>What was made.</summary>
/// <param name="Manifest">What is known of the copy.</param>
/// <param name="ReusedBytes">What did not have to be written.</param>
/// <param name="KeptPrevious">True where the former database is the previous generation now.</param>
internal sealed record CloneResult(CloneManifest Manifest, long ReusedBytes, bool KeptPrevious);

/// <summary>
/// Makes one copy of main's database: beside the worktree's, and exchanged with it when it is whole; or, where nobody
/// wrote to the worktree's since it was copied, in its place, unstartable meanwhile.
/// </summary>
internal sealed class CloneMaker(DatabaseCall call, DatabasePlace place, SourceSession source)
{
    private readonly DatabaseKind kind = DatabaseKind.Of(place.Database.Type);

    /// <summary>Makes it. To be called under the lock.</summary>
    /// <exception cref="WorktreeHooksException">WTH4002, WTH4003.</exception>
    /// <exception cref="IOException">The disk is full or failed, or main changed.</exception>
    /// <exception cref="OperationCanceledException">The user cancelled.</exception>
    public CloneResult Make(CloneOrder order)
    {
        var fingerprint = source.Fingerprint;
        var plan = source.Plan();
        Prepare(plan);
        var draft = new CloneManifest
        {
            Version = CloneManifest.CurrentVersion,
            CopyId = $"{Guid.NewGuid():N}",
            BootId = LinuxProcess.BootId,
            Source = place.Source,
            CopiedAt = order.LookedAt,
            Method = "",
            Bytes = plan.Bytes,
            Files = plan.AllFiles.Count(),
            SourceFingerprint = fingerprint,
            SourceSettled = source.IsSettledAt(order.LookedAt),
            CloneFingerprint = "",
        };
        var result =
            order is { IsReplaced: true, IsUntouched: true }
            && !Presence.IsHalfRefreshed(place)
            && FormerTree.TryLookAt(place, place.Target) is { } former
                ? RefreshInPlace(plan, draft, former)
                : MakeBeside(plan, draft, order);
        TreeRecord.RemoveOld(place);
        place.EmptyTrash(call.Environment);
        Durability.EnsureInBackground(call.Environment, place, draft.CopyId);
        return result;
    }

    // Nobody's work is in it, so a kill may cost it: it does not start then, and the next run makes it anew.
    private CloneResult RefreshInPlace(CopyPlan plan, CloneManifest draft, FormerTree former)
    {
        FreeSpace.Require(place.Target, former.GrowthTo(plan));
        call.Cancellation.ThrowIfCancellationRequested();
        AtomicFile.WriteText(
            place.RefreshMark,
            "While this is here and global/pg_control is not, the database is half refreshed.\n"
        );
        ControlFile.PutAside(place.Target);
        try
        {
            kind.RequireIdle(place.Target); // a server may have started since
        }
        catch
        {
            ControlFile.PutBack(place.Target);
            throw;
        }
        try
        {
            var tree = Tree(place.Target, former, plan, draft);
            var manifest = Fill(plan, tree, draft);
            manifest.Write(place);
            source.MakeStartable(place.Target);
            File.Delete(place.RefreshMark);
            return new CloneResult(manifest, tree.Reused, KeptPrevious: false);
        }
        catch
        {
            call.Narrator.Say(
                $"'{place.Target}' is half refreshed and does not start: the next build, 'dotnet worktree db sync' or StartStack mends it"
            );
            throw;
        }
    }

    private CloneResult MakeBeside(CopyPlan plan, CloneManifest draft, CloneOrder order)
    {
        var keeps = !order.IsUntouched && place.Database.KeepPrevious;
        try
        {
            var former = keeps ? TakePrevious(plan) : null;
            var tree = Tree(place.Temporary, former, plan, draft);
            var manifest = Fill(plan, tree, draft);
            source.MakeStartable(place.Temporary);
            if (order.IsReplaced)
            {
                kind.RequireIdle(place.Target); // the copy may have taken minutes
                kind.Settle(place.Target);
            }
            call.Cancellation.ThrowIfCancellationRequested();
            // What is neither kept nor nobody's must not be deleted before the new one is on the disk.
            var isLast = order is { IsReplaced: true, IsUntouched: false } && !keeps;
            Publication.Publish(place, manifest, keeps, isLast, PathExchange.TryExchange);
            File.Delete(place.RefreshMark);
            return new CloneResult(manifest, tree.Reused, keeps);
        }
        catch
        {
            GiveUp();
            throw;
        }
    }

    // The older generation becomes the new one: it differs from main in what changed since, and nothing else is written.
    private FormerTree? TakePrevious(CopyPlan plan)
    {
        if (FileStat.TryOf(place.Previous) is null)
        {
            return null;
        }
        kind.RequireIdle(place.Previous);
        if (FormerTree.TryLookAt(place, place.Previous) is not { } former)
        {
            return null;
        }
        FreeSpace.Require(place.Previous, former.GrowthTo(plan));
        Directory.Move(place.Previous, place.Temporary);
        return former;
    }

    private CopyTree Tree(string path, FormerTree? former, CopyPlan plan, CloneManifest draft)
    {
        var meter = new CopyMeter(
            call.Environment,
            call.Narrator,
            $"copying '{place.Database.Path}' from main",
            call.Cancellation
        )
        {
            Total = plan.Bytes,
            TotalFiles = plan.Files.Count > 1 ? draft.Files : 0,
        };
        return new CopyTree(path, former, draft.CopiedAt, meter);
    }

    // Everything but what makes it startable.
    private CloneManifest Fill(CopyPlan plan, CopyTree tree, CloneManifest draft)
    {
        source.Copy(plan, tree);
        source.Complete(plan, tree.Path);
        kind.Detach(place, tree.Path, call.Identity.ProjectName, call.Narrator);
        if (kind.CanRefresh)
        {
            TreeRecord.Write(place, tree, draft.CopyId, call.Environment.Clock.GetUtcNow());
        }
        var made = kind.Made(plan, tree.Path);
        return draft with
        {
            Method = tree.Method,
            Bytes = made.Bytes,
            Files = made.AllFiles.Count(),
            CloneFingerprint = source.FingerprintOfCopy(tree.Path),
        };
    }

    private void Prepare(CopyPlan plan)
    {
        if (place.Source != place.PlainSource)
        {
            call.Narrator.Say(
                $"'{place.PlainSource}' leads through a link: what it leads to, '{place.Source}', is copied."
            );
        }
        foreach (var link in plan.LinksLeftOut)
        {
            call.Narrator.Warn(
                new Diagnostic(
                    ErrorCatalogue.LinkLeftOut,
                    $"'{link.FullPath}' is a symbolic link to '{link.LinkTarget}', outside the database, so the copy has "
                        + "nothing there. Put a file or folder in its place if the copy needs it."
                )
            );
        }
        Directory.CreateDirectory(Path.GetDirectoryName(place.Target)!);
        KeepOutOfGitStatus(call, place);
    }

    /// <summary>Lets git ignore the database and its neighbours, also where worktree.json is new.</summary>
    public static void KeepOutOfGitStatus(DatabaseCall call, DatabasePlace place)
    {
        try
        {
            ExcludeFile.Ensure(
                call.Identity.Checkout,
                [.. DatabasePlace.Ignorable(place.Database)]
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            call.Narrator.Say(
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
            call.Narrator.Say($"'{place.Temporary}' could not be removed: {e.Message}");
        }
    }
}
