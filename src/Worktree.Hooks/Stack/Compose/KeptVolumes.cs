using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.EnvFiles;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>Remembers volumes without a name that outlive their containers, as a stop deletes no data.</summary>
internal static class KeptVolumes
{
    /// <summary>
    /// Notes those of containers that are about to go in the worktree's lease, for <c>remove</c> and <c>prune</c>, and
    /// drops the names of those that are there no more. Main is not removed, and its list would only grow: it has none.
    /// </summary>
    /// <exception cref="EngineException">The engine does not answer.</exception>
    /// <exception cref="WorktreeHooksException">WTH2003, WTH2009: the lease file is newer, or cannot be written.</exception>
    /// <exception cref="IOException">The lease file cannot be locked or read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of rights.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before anything was noted.</exception>
    public static void Remember(
        HostEnvironment environment,
        Checkout checkout,
        ContainerEngine engine,
        IEnumerable<EngineContainer> containers,
        Narrator narrator,
        CancellationToken cancellation
    )
    {
        if (!checkout.IsLinked)
        {
            return;
        }
        var store = LeaseStore.Open(environment, checkout.CommonDirectory, narrator);
        var mounting = containers.Where(c => c.Mounts.Any(m => m.Volume is not null)).ToList();
        if (mounting.Count == 0 && store.VolumesOf(checkout.GitDirectory, engine.Address) is [])
        {
            return;
        }
        var volumes = engine.Volumes(cancellation);
        var found = UnnamedVolumes.Of(mounting, volumes);
        var there = volumes.Select(v => v.Name).ToHashSet(StringComparer.Ordinal);
        store.Update(
            EnvFile.ReadSaved,
            table =>
            {
                if (table.Find(checkout.GitDirectory) is { } lease)
                {
                    var kept = lease.VolumesIn(engine.Address).Where(there.Contains);
                    string[] all = [.. kept.Union(found, StringComparer.Ordinal)];
                    table.Put(lease.With(new EngineUse(engine.Address, all)));
                }
                return true;
            }
        );
    }

    /// <summary>The same for a stop, which is more than the note: where the lease file cannot be written, it says so.</summary>
    /// <exception cref="EngineException">The engine does not answer.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before anything was noted.</exception>
    public static void TryRemember(
        HostEnvironment environment,
        Checkout checkout,
        ContainerEngine engine,
        IEnumerable<EngineContainer> containers,
        Narrator narrator,
        CancellationToken cancellation
    )
    {
        try
        {
            Remember(environment, checkout, engine, containers, narrator, cancellation);
        }
        catch (Exception e)
            when (e is WorktreeHooksException or IOException or UnauthorizedAccessException)
        {
            narrator.Say(
                $"volumes without a name stay unnoted, and 'remove' and 'prune' will not find them: {e.Message}"
            );
        }
    }
}
