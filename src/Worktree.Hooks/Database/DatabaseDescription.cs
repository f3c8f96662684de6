using Worktree.Hooks.Configuration;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>Tells about one database without changing anything.</summary>
internal static class DatabaseDescription
{
    /// <summary>What is known of a database of this worktree.</summary>
    public static DatabaseInfo Of(WorktreeIdentity identity, DatabaseConfiguration database)
    {
        var kind = DatabaseKind.Of(database.Type);
        var path = Path.Combine(identity.Checkout.Root, database.Path);
        var exists = Look(() => kind.IsPresent(path)) ?? true;
        var size = exists ? LookAt(() => kind.Measure(path)) : null;
        var info = new DatabaseInfo
        {
            Path = database.Path,
            Type = database.Type,
            FullPath = path,
            Exists = exists,
            Bytes = size?.Bytes,
            Files = size?.AllFiles.Count(),
        };
        return identity is { IsMain: false, MainRoot: { } main }
            ? WithSource(info, kind, DatabasePlace.Of(database, identity, main))
            : info;
    }

    private static DatabaseInfo WithSource(
        DatabaseInfo info,
        DatabaseKind kind,
        DatabasePlace place
    )
    {
        var manifest = CloneManifest.TryRead(place);
        return info with
        {
            Source = place.Source,
            SourceExists = Look(() => kind.IsPresent(place.Source)) ?? true,
            CopiedAt = manifest?.CopiedAt,
            Method = manifest?.Method,
            ChangedSince =
                manifest is not null && info.Exists
                    ? !Look(() => kind.IsUnchanged(place.Target, manifest.CloneFingerprint))
                    : null,
            Previous = Look(() => FileStat.TryOf(place.Previous) is not null) is true
                ? place.Previous
                : null,
        };
    }

    private static bool? Look(Func<bool> look)
    {
        try
        {
            return look();
        }
        catch (Exception e) when (DatabaseFailure.IsExpected(e))
        {
            return null;
        }
    }

    private static CopyPlan? LookAt(Func<CopyPlan> look)
    {
        try
        {
            return look();
        }
        catch (Exception e) when (DatabaseFailure.IsExpected(e))
        {
            return null;
        }
    }
}
