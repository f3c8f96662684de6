using System.Text;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// A PostgreSQL in a named volume of the container engine: copied from main's volume to the worktree's by a helper
/// container. Whatever dies, the worktree's volume holds the old database or the new one, or the next command completes it.
/// </summary>
internal sealed partial class VolumeDatabase
{
    private readonly DatabaseCall call;
    private readonly DatabasePlace place;
    private readonly ContainerEngine engine;
    private readonly VolumeNames names;
    private readonly long start;

    private VolumeDatabase(DatabaseCall call, DatabasePlace place, ContainerEngine engine)
    {
        this.call = call;
        this.place = place;
        this.engine = engine;
        names = VolumeNames.Of(engine, call, place.Database.Volume!);
        start = call.Environment.Clock.GetTimestamp();
    }

    /// <summary>
    /// Copies as <see cref="CloneJob"/> does. Where only a missing one is to be copied and a copy was made before, no engine
    /// is asked; where none answers, the start of the stack has to do it.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH4002–WTH4005, WTH4007, WTH5010–WTH5017; the worktree has what it had.</exception>
    /// <exception cref="OperationCanceledException">The user cancelled; the worktree has what it had.</exception>
    public static DatabaseOutcome Copy(DatabaseCall call, DatabasePlace place, bool refresh)
    {
        if (!refresh && File.Exists(place.ManifestFile))
        {
            return new DatabaseOutcome(place.Database.Path, DatabaseOutcomeKind.AlreadyThere);
        }
        try
        {
            return With(call, place, v => v.Copy(refresh));
        }
        catch (WorktreeHooksException e)
            when (!refresh && e.Diagnostic.Definition == ErrorCatalogue.EngineUnreachable)
        {
            return new DatabaseOutcome(place.Database.Path, DatabaseOutcomeKind.NoEngine);
        }
    }

    /// <summary>Exchanges the database with the generation before.</summary>
    /// <exception cref="WorktreeHooksException">WTH4003, WTH4010, WTH5010–WTH5017.</exception>
    public static DatabaseOutcome Restore(DatabaseCall call, DatabasePlace place) =>
        With(call, place, v => v.Restore());

    /// <summary>Adds what only the engine knows; what it does not tell is left open.</summary>
    public static DatabaseInfo Describe(DatabaseCall call, DatabasePlace place, DatabaseInfo info)
    {
        try
        {
            return With(call, place, v => v.Describe(info));
        }
        catch (WorktreeHooksException)
        {
            return info;
        }
    }

    private static T With<T>(DatabaseCall call, DatabasePlace place, Func<VolumeDatabase, T> act)
    {
        var what = $"the copy of volume '{place.Database.Volume}'";
        try
        {
            using var connected = ContainerEngine.Connect(call.Environment, call.Cancellation);
            return act(new VolumeDatabase(call, place, connected));
        }
        catch (EngineException e)
        {
            throw EngineErrors.Of(e, what);
        }
        catch (SpaceMissingException e)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.DiskFull,
                $"the engine's disk has {ByteSize.Format(e.Available)} free, and {what} needs "
                    + $"{ByteSize.Format(e.Needed)}. Free space ('docker system df' shows what takes it), then run 'dotnet worktree db sync'.",
                e
            );
        }
        catch (Exception e) when (DatabaseFailure.IsExpected(e))
        {
            throw new WorktreeHooksException(
                PosixError.IsDiskFull(e) ? ErrorCatalogue.DiskFull : ErrorCatalogue.CopyFailed,
                $"{what} failed: {e.Message.TrimEnd('.')}. Mend what is named, then run 'dotnet worktree db sync'.",
                e
            );
        }
    }

    private DatabaseOutcome Copy(bool refresh)
    {
        if (names.Source is null)
        {
            return Outcome(DatabaseOutcomeKind.NothingInMain);
        }
        var servers = ContainerServer.AllOnVolume(engine, names.Source, call.Cancellation).ToList();
        using var hold = CopyTurn.Wait(call, place);
        using var helper = Start(call.Cancellation);
        if (!HasDatabase(helper))
        {
            return Outcome(DatabaseOutcomeKind.NothingInMain);
        }
        helper.Run(VolumeScripts.Recover);
        var control = helper.Run(VolumeScripts.Control);
        if (!refresh && control.Length > 0)
        {
            return Outcome(DatabaseOutcomeKind.AlreadyThere);
        }
        using var source = ForeignSource.Open(
            engine,
            servers,
            helper,
            new ForeignPlace(names.Source, VolumeScripts.New, IsVolume: true),
            call.Cancellation
        );
        var former = CloneManifest.TryParse(helper.Run(VolumeScripts.Manifest));
        var isWritten = control.Length > 0 && !IsUntouched(control, former);
        if (
            control.Length > 0
            && !isWritten
            && former is { SourceSettled: true }
            && former.Source == names.Source
            && former.SourceFingerprint == source.Fingerprint
        )
        {
            former.Write(place);
            return Outcome(DatabaseOutcomeKind.Unchanged);
        }
        RequireIdle();
        return Replace(helper, source, keeps: isWritten && place.Database.KeepPrevious);
    }

    private DatabaseOutcome Replace(HelperContainer helper, ForeignSource source, bool keeps)
    {
        call.Narrator.Say($"copying volume '{names.Source}' to '{names.Target}'");
        var folder = helper.Folder;
        helper.Folder = "";
        helper.Run(VolumeScripts.Prepare, folder);
        helper.Folder = folder;
        var draft = CloneManifest.Draft(
            names.Source!,
            call.Environment.Clock.GetUtcNow(),
            source.Fingerprint,
            source.IsSettled
        );
        try
        {
            var manifest = source.CopyTo(names.Project, draft);
            RequireIdle(); // the copy may have taken minutes
            call.Cancellation.ThrowIfCancellationRequested();
            helper.Run(
                VolumeScripts.Publish,
                keeps ? "keep" : "drop",
                Encoding.UTF8.GetString(manifest.ToJson())
            );
            manifest.Write(place);
            return Outcome(DatabaseOutcomeKind.Copied) with
            {
                Method = manifest.Method,
                Bytes = manifest.Bytes,
                Files = manifest.Files,
                KeptPrevious = keeps ? Previous : null,
            };
        }
        catch
        {
            GiveUp(folder);
            throw;
        }
    }

    private DatabaseOutcome Restore()
    {
        using var hold = CopyTurn.Wait(call, place);
        using var helper = Start(call.Cancellation);
        RequireIdle();
        var isThere = HasDatabase(helper);
        helper.Run(VolumeScripts.Recover);
        if (!isThere || helper.Run(VolumeScripts.Restore).Trim() == "none")
        {
            throw DatabaseRestore.NothingToRestore($"volume '{names.Target}'");
        }
        return Outcome(DatabaseOutcomeKind.Restored) with { KeptPrevious = Previous };
    }
}
