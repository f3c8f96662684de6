using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// A PostgreSQL that this user may not look into, because a container's server owns its files: copied, deleted and
/// restored with the help of a container of main's own image. So is one whose container no connection leads to.
/// </summary>
internal sealed partial class ForeignDatabase
{
    private readonly DatabaseCall call;
    private readonly DatabasePlace place;
    private readonly ContainerEngine engine;
    private readonly IReadOnlyList<ContainerServer> servers;
    private readonly long start;

    private ForeignDatabase(
        DatabaseCall call,
        DatabasePlace place,
        ContainerEngine engine,
        IReadOnlyList<ContainerServer> servers
    )
    {
        this.call = call;
        this.place = place;
        this.engine = engine;
        this.servers = servers;
        start = call.Environment.Clock.GetTimestamp();
    }

    /// <summary>True where a failure means that main's database or the worktree's, or its server, is closed to this user.</summary>
    public static bool IsCase(Exception exception, DatabasePlace place) =>
        exception is ContainerOutOfReachException
        || exception is SourceUnreadableException or UnauthorizedAccessException
            && place.Database.Type == DatabaseType.Postgres
            && new[] { place.Source, place.Target, place.Previous, place.Temporary }.Any(IsClosed);

    /// <summary>Copies as <see cref="CloneJob"/> does; null where no engine of this machine knows a container of main's database.</summary>
    /// <exception cref="WorktreeHooksException">WTH4002–WTH4007, WTH5010–WTH5017; the worktree has what it had.</exception>
    /// <exception cref="OperationCanceledException">The user cancelled; the worktree has what it had.</exception>
    public static DatabaseOutcome? TryCopy(DatabaseCall call, DatabasePlace place, bool refresh) =>
        Try(call, place, f => f.Copy(refresh));

    /// <summary>Exchanges the database with the generation before; null as <see cref="TryCopy"/>.</summary>
    /// <exception cref="WorktreeHooksException">WTH4003, WTH4010, WTH5010–WTH5017.</exception>
    public static DatabaseOutcome? TryRestore(DatabaseCall call, DatabasePlace place) =>
        Try(call, place, f => f.Restore());

    private static DatabaseOutcome? Try(
        DatabaseCall call,
        DatabasePlace place,
        Func<ForeignDatabase, DatabaseOutcome> act
    )
    {
        ContainerEngine connected;
        try
        {
            connected = ContainerEngine.Connect(call.Environment, call.Cancellation);
        }
        catch (EngineException)
        {
            return null;
        }
        using var toDispose = connected;
        try
        {
            ContainerServer[] found = connected.IsRemote
                ? []
                : [.. ContainerServer.All(connected, place.Source, call.Cancellation)];
            return found is [] ? null : act(new(call, place, connected, found));
        }
        catch (EngineException e)
        {
            throw EngineErrors.Of(e, $"the copy of '{place.Source}'");
        }
        catch (Exception e) when (DatabaseFailure.IsExpected(e))
        {
            throw DatabaseFailure.From(e, place);
        }
    }

    private DatabaseOutcome Copy(bool refresh)
    {
        place.RequireOwnPath();
        Directory.CreateDirectory(Path.GetDirectoryName(place.Target)!);
        CloneMaker.KeepOutOfGitStatus(call, place);
        return WithHelper(helper =>
        {
            if (!refresh && FileStat.TryOf(place.Target) is not null)
            {
                return Outcome(DatabaseOutcomeKind.AlreadyThere);
            }
            using var source = ForeignSource.Open(
                engine,
                servers,
                helper,
                new ForeignPlace(place.Source, Path.GetFileName(place.Temporary), IsVolume: false),
                call.Cancellation
            );
            var isReplaced = FileStat.TryOf(place.Target) is not null;
            var former = isReplaced ? CloneManifest.TryRead(place) : null;
            var isUntouched = !isReplaced || IsUntouched(helper, former);
            if (
                isReplaced
                && isUntouched
                && former is { SourceSettled: true }
                && former.Source == place.Source
                && former.SourceFingerprint == source.Fingerprint
            )
            {
                return Outcome(DatabaseOutcomeKind.Unchanged);
            }
            RequireIdle(helper, place.Target);
            return Replace(helper, source, keeps: !isUntouched && place.Database.KeepPrevious);
        });
    }

    private DatabaseOutcome Replace(HelperContainer helper, ForeignSource source, bool keeps)
    {
        var draft = CloneManifest.Draft(
            place.Source,
            call.Environment.Clock.GetUtcNow(),
            source.Fingerprint,
            source.IsSettled
        );
        call.Narrator.Say($"copying '{place.Database.Path}' from main through a helper container");
        var manifest = source.CopyTo(call.Identity.ProjectName, draft);
        RequireIdle(helper, place.Target); // the copy may have taken minutes
        call.Cancellation.ThrowIfCancellationRequested();
        // Nobody here may look later whether it reached the disk, so it is waited for now.
        Publication.Publish(place, manifest, keeps, deletesWork: true, PathExchange.TryExchange);
        return Outcome(DatabaseOutcomeKind.Copied) with
        {
            Method = manifest.Method,
            Bytes = manifest.Bytes,
            Files = manifest.Files,
            KeptPrevious = keeps ? place.Previous : null,
        };
    }

    private DatabaseOutcome Restore() =>
        WithHelper(helper =>
        {
            if (FileStat.TryOf(place.Previous) is null)
            {
                throw DatabaseRestore.NothingToRestore(place.Target);
            }
            place.RequireOwnPath();
            RequireIdle(helper, place.Target);
            RequireIdle(helper, place.Previous);
            Publication.Restore(place, PathExchange.TryExchange);
            return Outcome(DatabaseOutcomeKind.Restored) with
            {
                KeptPrevious = FileStat.TryOf(place.Previous) is null ? null : place.Previous,
            };
        });

    private static bool IsClosed(string path)
    {
        try
        {
            return !OperatingSystem.IsWindows()
                && FileStat.TryOf(path)?.Kind == FileKind.Directory
                && Libc.Access(path, Libc.MayReadAndEnter) != 0;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
    }

    private DatabaseOutcome Outcome(DatabaseOutcomeKind outcome) =>
        new(place.Database.Path, outcome)
        {
            Duration = call.Environment.Clock.GetElapsedTime(start),
        };
}
