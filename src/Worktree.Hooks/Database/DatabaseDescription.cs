using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>Tells about one database without changing anything.</summary>
internal static class DatabaseDescription
{
    /// <summary>All that can be known of a database: also what it takes on the disk, at the cost of a look at each file.</summary>
    public static DatabaseInfo InFull(DatabaseCall call, DatabaseConfiguration database)
    {
        var info = Of(call.Identity, database);
        if (database.Volume is not null)
        {
            return call.Identity is { IsMain: false, MainRoot: { } main }
                ? VolumeDatabase.Describe(
                    call,
                    DatabasePlace.Of(database, call.Identity, main),
                    info
                )
                : info;
        }
        var kind = DatabaseKind.Of(database.Type);
        return info with
        {
            UniqueBytes = info.Exists ? UniqueOf(LookAt(() => kind.Measure(info.FullPath))) : null,
            PreviousGeneration = info.Previous is { } previous ? Generation(kind, previous) : null,
        };
    }

    /// <summary>What is known of a database of this worktree.</summary>
    public static DatabaseInfo Of(WorktreeIdentity identity, DatabaseConfiguration database)
    {
        if (database.Volume is not null)
        {
            return OfVolume(identity, database);
        }
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

    // What was last known of it: a look into a volume needs the engine.
    private static DatabaseInfo OfVolume(WorktreeIdentity identity, DatabaseConfiguration database)
    {
        var manifest = identity is { IsMain: false, MainRoot: { } main }
            ? CloneManifest.TryRead(DatabasePlace.Of(database, identity, main))
            : null;
        return new DatabaseInfo
        {
            Path = database.Path,
            Type = database.Type,
            FullPath = $"volume '{database.Volume}'",
            Exists = manifest is not null,
            Bytes = manifest?.Bytes,
            Files = manifest?.Files,
            Source = manifest?.Source,
            SourceExists = manifest is not null,
            CopiedAt = manifest?.CopiedAt,
            Method = manifest?.Method,
        };
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

    // Renaming a file or folder is a change of its inode.
    private static GenerationInfo? Generation(DatabaseKind kind, string path)
    {
        var size = LookAt(() => kind.Measure(path));
        return FileStat.TryOf(path) is { } stat
            ? new GenerationInfo(
                path,
                DateTimeOffset.UnixEpoch.AddTicks(stat.Changed / 100),
                size?.Bytes,
                UniqueOf(size)
            )
            : null;
    }

    private static long? UniqueOf(CopyPlan? size) =>
        size?.AllFiles.Sum(f => SharedBlocks.UniqueOf(f.FullPath, f.Stat));

    private static bool? Look(Func<bool> look)
    {
        try
        {
            return look();
        }
        catch (Exception e) when (DatabaseFailure.IsExpected(e) || e is WorktreeHooksException)
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
        catch (Exception e) when (DatabaseFailure.IsExpected(e) || e is WorktreeHooksException)
        {
            return null;
        }
    }
}
