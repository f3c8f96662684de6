using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>Two servers on one data directory both start, and destroy it: a container of somebody else's on it is refused.</summary>
internal static class OwnData
{
    /// <summary>
    /// Throws where a running container that is not this worktree's has one of its databases mounted, or one that the user
    /// has started by <c>docker compose</c> has a database that a service writes to.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="allocation">The worktree and its databases.</param>
    /// <param name="containers">The services, planned.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="WorktreeHooksException">WTH5036.</exception>
    public static void Require(
        ContainerEngine engine,
        Allocation allocation,
        ContainerStack containers,
        CancellationToken cancellation
    ) =>
        Require(
            engine,
            allocation,
            volume => containers.VolumeOf(allocation, volume),
            (place, c) =>
                c.Label(WorktreeContainers.Label) == allocation.Identity.Checkout.GitDirectory
                && (c.Label(ComposeStack.ProjectLabel) is null || !containers.WriteTo(place)),
            cancellation
        );

    private static void Require(
        ContainerEngine engine,
        Allocation allocation,
        Func<string, string> volumeOf,
        Func<string, EngineContainer, bool> isOwn,
        CancellationToken cancellation
    )
    {
        foreach (var database in allocation.Configuration.Databases)
        {
            var place = database.Volume is { } volume
                ? volumeOf(volume)
                : Path.Combine(allocation.Identity.Checkout.Root, database.Path);
            var holders = database.Volume is not null
                ? engine.ContainersOnVolume(place, cancellation)
                : HoldersOf(engine, place, cancellation);
            Require(place, holders, allocation, c => isOwn(place, c));
        }
    }

    /// <summary>
    /// The same of a compose project, and of what its PostgreSQL services have their data in, whether worktree.json names it
    /// or not.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH5036.</exception>
    public static void Require(
        ContainerEngine engine,
        PreparedCompose prepared,
        CancellationToken cancellation
    )
    {
        var allocation = prepared.Allocation;
        var root = allocation.Identity.Checkout.Root;
        var started = prepared.Enabled.Select(s => s.Key).ToHashSet(StringComparer.Ordinal);
        Require(
            engine,
            allocation,
            volume => $"{allocation.ProjectName}_{volume}",
            (_, c) => IsOwn(c),
            cancellation
        );
        var mounts = prepared
            .Enabled.Where(s => ComposeProbe.IsPostgres(s.Value))
            .SelectMany(s => s.Value.Volumes.Where(m => ComposeProbe.HoldsData(m, s.Value)));
        foreach (var mount in mounts)
        {
            var source = mount.Source!.Replace("$$", "$", StringComparison.Ordinal);
            if (mount.Type == "volume")
            {
                var volume = prepared.Project.Volumes.GetValueOrDefault(source)?.Name ?? source;
                Require(volume, engine.ContainersOnVolume(volume, cancellation), allocation, IsOwn);
                continue;
            }
            var holders = HoldersOf(engine, source, cancellation);
            Require(source, holders.Where(c => !HasItInAllOf(root, source, c)), allocation, IsOwn);
        }

        // What Compose makes anew now ends before its successor starts; of anything else that is not known.
        bool IsOwn(EngineContainer container) =>
            IsOfThisStack(container, allocation)
            || (
                started.Contains(WorktreeContainers.ServiceOf(container))
                && ComposeOwner.IsPlain(allocation.ProjectName, container)
                && ComposeOwner.IsFrom(prepared.Call.Files.Folder, container)
            );
    }

    // Where an editor's container has the whole repository, no server of it is on this folder.
    private static bool HasItInAllOf(string root, string source, EngineContainer container) =>
        container
            .Mounts.Where(m => m.IsWritable)
            .Select(m => RealPath.Of(m.Source))
            .Where(m => ContainerEngine.Overlap(m, RealPath.Of(source)))
            .All(m => ContainerEngine.IsAtOrInside(RealPath.Of(root), m));

    // Paths of a remote engine are those of another machine.
    private static IReadOnlyList<EngineContainer> HoldersOf(
        ContainerEngine engine,
        string folder,
        CancellationToken cancellation
    ) =>
        !engine.IsRemote && Directory.Exists(folder)
            ? engine.ContainersOn(folder, cancellation)
            : [];

    private static void Require(
        string place,
        IEnumerable<EngineContainer> holders,
        Allocation allocation,
        Func<EngineContainer, bool> isOwn
    )
    {
        if (holders.FirstOrDefault(c => c.IsRunning && !isOwn(c)) is { } stranger)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.DataDirectoryMounted,
                $"'{place}' is mounted by {ForeignContainer.Words(stranger)}, which is not of this stack: two servers on "
                    + $"one directory destroy it. {ForeignContainer.Remedy(stranger, allocation.Identity.Checkout.Root)}, then start again."
            );
        }
    }

    // "docker compose --project-name" makes another stack with the same label.
    private static bool IsOfThisStack(EngineContainer container, Allocation allocation) =>
        container.Label(WorktreeContainers.Label) == allocation.Identity.Checkout.GitDirectory
        && (container.Label(ComposeStack.ProjectLabel) ?? allocation.ProjectName)
            == allocation.ProjectName;
}
