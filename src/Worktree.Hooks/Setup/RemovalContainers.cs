using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>What the removal of a worktree does in a container engine; nothing where there is none.</summary>
internal sealed class RemovalContainers(
    ContainerEngine? engine,
    string gitDirectory,
    CancellationToken cancellation
)
{
    private static readonly string Where = Path.DirectorySeparatorChar + "worktree";

    private readonly List<string> images = [];
    private IReadOnlyList<string> unnamed = [];
    private RemovedContainers? removed;

    /// <summary>
    /// Removes containers and networks; volumes hold data and stay until git has removed the worktree. Those without a name
    /// are noted in its lease.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH5010–WTH5017: the engine refused.</exception>
    public void Remove(HostEnvironment environment, Checkout checkout, Narrator narrator) =>
        Ask(
            "remove the worktree again",
            e =>
            {
                var local = e.IsRemote ? [] : e.ContainersOn(checkout.Root, cancellation);
                var ours = WorktreeContainers.Of(e, gitDirectory, cancellation);
                images.AddRange(
                    ours.Concat(local)
                        .Select(c => e.Inspect(c.Id, cancellation).ImageId)
                        .Distinct(StringComparer.Ordinal)
                );
                unnamed = UnnamedVolumes.Of(ours, e.Volumes(cancellation));
                // Where the disk is full, a removal is what makes room.
                KeptVolumes.TryRemember(environment, checkout, e, ours, narrator, cancellation);
                removed = WorktreeContainers.Remove(
                    e,
                    gitDirectory,
                    withVolumes: false,
                    cancellation
                );
            }
        );

    /// <summary>
    /// Deletes folders that belong to a container's user, by a container of the same image without a network; false
    /// where there is no engine or it did not help.
    /// </summary>
    public bool Delete(IReadOnlyList<string> folders)
    {
        if (engine is null || engine.IsRemote || images.Count == 0)
        {
            return false;
        }
        foreach (var folder in folders)
        {
            // A container that was stopped a moment ago is gone: its image is known all the same.
            _ = images.Exists(image => TryDelete(image, folder));
        }
        return folders.All(f => !Path.Exists(f));
    }

    /// <summary>
    /// Removes the volumes too, and whatever came meanwhile; null where there was nothing at all. A worktree of that name
    /// which was added meanwhile has the same labels and keeps them.
    /// </summary>
    /// <param name="noted">The worktree's volumes without a name, as its lease knows them.</param>
    /// <param name="withVolumes">False where another worktree's volumes have the same label.</param>
    /// <exception cref="WorktreeHooksException">WTH5010–WTH5017: the engine refused.</exception>
    public RemovedContainers? RemoveRest(IReadOnlyList<string> noted, bool withVolumes)
    {
        Ask(
            "run 'dotnet worktree prune'",
            e =>
            {
                if (!GonePlace.IsNothingAt(gitDirectory))
                {
                    return;
                }
                var rest = WorktreeContainers.Remove(
                    e,
                    gitDirectory,
                    withVolumes,
                    cancellation,
                    [.. unnamed.Union(noted, StringComparer.Ordinal)]
                );
                removed = new RemovedContainers(
                    gitDirectory,
                    [.. removed?.Containers ?? [], .. rest.Containers],
                    [.. removed?.Networks ?? [], .. rest.Networks],
                    rest.Volumes
                );
            }
        );
        return removed is { IsEmpty: false } ? removed : null;
    }

    private bool TryDelete(string image, string folder)
    {
        try
        {
            var id = engine!.Create(
                new EngineContainerRequest
                {
                    Image = image,
                    EntryPoint = ["rm"],
                    Command = ["-rf", "--", $"{Where}/{Path.GetFileName(folder)}"],
                    Mounts =
                    [
                        new EngineMount(
                            null,
                            Path.GetDirectoryName(folder)!,
                            Where,
                            IsWritable: true
                        ),
                    ],
                    Network = "none",
                    User = "0:0",
                },
                cancellation
            );
            try
            {
                engine.Start(id, cancellation);
                return engine.Wait(id, cancellation) == 0;
            }
            finally
            {
                engine.Remove(id, CancellationToken.None);
            }
        }
        catch (EngineException)
        {
            return false; // an image without "rm": the next one, or the user as root
        }
    }

    private void Ask(string next, Action<ContainerEngine> act)
    {
        if (engine is null)
        {
            return;
        }
        try
        {
            act(engine);
        }
        catch (EngineException e)
        {
            throw EngineErrors.Of(e, $"the removal of '{Path.GetFileName(gitDirectory)}'", next);
        }
    }
}
