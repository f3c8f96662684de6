using System.Globalization;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.EnvFiles;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>The helper container on both volumes, and what it is asked.</summary>
internal sealed partial class VolumeDatabase
{
    // Any image with a shell and the usual tools does; a database's own is likeliest to be there.
    private static readonly string[] UsualImages =
    [
        "postgres",
        "postgis",
        "timescale",
        "busybox",
        "alpine",
        "debian",
    ];

    private string Previous => $"{VolumeScripts.Previous} in volume '{names.Target}'";

    // Under the lock: what killed commands left is ended before anything that it may write to is looked at.
    private HelperContainer Start(CancellationToken cancelled)
    {
        var gitDirectory = call.Identity.Checkout.GitDirectory;
        HelperContainer.RemoveLeftOvers(engine, gitDirectory, cancelled);
        if (engine.FindVolume(names.Target, cancelled) is null)
        {
            FormerPlaces.Note(gitDirectory);
            if (engine.IsRemote)
            {
                LeaseAllocator.RecordVolume(
                    call.Environment,
                    call.Identity.Checkout,
                    engine.Address,
                    EnvFile.ReadSaved,
                    call.Narrator
                );
            }
            engine.CreateVolume(
                names.Target,
                new Dictionary<string, string>(names.ComposeLabels, StringComparer.Ordinal)
                {
                    [WorktreeContainers.Label] = gitDirectory,
                },
                cancelled
            );
        }
        return HelperContainer.Start(
            engine,
            Image(cancelled),
            [
                HelperContainer.MountOfMain(names.Source ?? names.Target, ""),
                HelperContainer.MountOfOwn(names.Target, ""),
            ],
            gitDirectory,
            cancelled
        );
    }

    // The command may be cancelled, and what its helper was writing goes on: another one ends it.
    private void GiveUp(string folder)
    {
        try
        {
            using var helper = Start(CancellationToken.None);
            helper.Folder = folder;
            helper.Run(VolumeScripts.Recover);
        }
        catch (Exception e) when (e is IOException or EngineException or WorktreeHooksException)
        {
            call.Narrator.Say(
                $"'{VolumeScripts.New}' in volume '{names.Target}' is left: {e.Message}"
            );
        }
    }

    private string Image(CancellationToken cancelled)
    {
        if (Users(cancelled) is [var server, ..])
        {
            return server.ImageId;
        }
        var images = engine.Images(cancelled);
        return UsualImages
                .SelectMany(u =>
                    images.Where(i => i.Contains(u, StringComparison.OrdinalIgnoreCase))
                )
                .FirstOrDefault()
            ?? throw new WorktreeHooksException(
                ErrorCatalogue.ImageNotFound,
                $"the copy of volume '{names.Key}' is made by a container, and no container has used the volume and the engine "
                    + "has no image of PostgreSQL or busybox. Start main's stack once ('docker pull busybox' does too), then run "
                    + "'dotnet worktree db sync'."
            );
    }

    private List<ContainerServer> Users(CancellationToken cancelled) =>
        [
            .. new[] { names.Source, names.Target }
                .OfType<string>()
                .SelectMany(v => ContainerServer.AllOnVolume(engine, v, cancelled)),
        ];

    // Main's data directory may lie deeper in its volume; the worktree's is at the same place.
    private bool HasDatabase(HelperContainer helper)
    {
        var folders = helper
            .Run(VolumeScripts.Find)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (folders.Length > 1)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.NotADatabase,
                $"volume '{names.Source}' has {folders.Length} data directories ({string.Join(", ", folders)}), and which is main's "
                    + "cannot be told. Give the database a volume of its own, or take it out of \"databases\" in worktree.json."
            );
        }
        helper.Folder = folders is [not "." and var folder] ? folder : "";
        return folders.Length == 1;
    }

    private void RequireIdle()
    {
        if (
            ContainerServer
                .AllOnVolume(engine, names.Target, call.Cancellation)
                .FirstOrDefault(c => c.Container.IsRunning) is
            { } user
        )
        {
            throw DatabaseFailure.TargetInUse(
                $"the running container {user.Container} has volume '{names.Target}' mounted and may write to it"
            );
        }
    }

    private static bool IsUntouched(string control, CloneManifest? former) =>
        former is not null
        && PostgresKind.IsUnchanged(ForeignSource.FromBase64(control), former.CloneFingerprint);

    private DatabaseInfo Describe(DatabaseInfo info)
    {
        info = info with
        {
            FullPath = $"volume '{names.Target}'",
            Source = names.Source,
            SourceExists = names.Source is not null,
        };
        if (engine.FindVolume(names.Target, call.Cancellation) is null)
        {
            return info with { Exists = false };
        }
        using var hold = CopyTurn.Wait(call, place);
        using var helper = Start(call.Cancellation);
        var control = HasDatabase(helper) ? helper.Run(VolumeScripts.Control) : "";
        if (control.Length == 0)
        {
            return info with { Exists = false };
        }
        var former = CloneManifest.TryParse(helper.Run(VolumeScripts.Manifest));
        var sizes = helper
            .Run(VolumeScripts.Measure)
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(s => long.Parse(s, CultureInfo.InvariantCulture))
            .ToList();
        var bytes = (sizes[0] - sizes[1]) * 1024;
        // What blocks two files share, no tool of an image tells.
        var isShared = former?.Method.StartsWith("reflink", StringComparison.Ordinal) == true;
        return info with
        {
            Exists = true,
            Bytes = bytes,
            UniqueBytes = isShared ? null : bytes,
            Files = (int)sizes[3],
            CopiedAt = former?.CopiedAt,
            Method = former?.Method,
            ChangedSince = former is null ? null : !IsUntouched(control, former),
            Previous = sizes[2] > 0 ? Previous : null,
            PreviousGeneration =
                sizes[2] > 0
                    ? new GenerationInfo(
                        Previous,
                        DateTimeOffset.FromUnixTimeSeconds(sizes[4]),
                        sizes[2] * 1024,
                        isShared ? null : sizes[2] * 1024
                    )
                    : null,
        };
    }

    private DatabaseOutcome Outcome(DatabaseOutcomeKind outcome) =>
        new(place.Database.Path, outcome)
        {
            Duration = call.Environment.Clock.GetElapsedTime(start),
        };
}
