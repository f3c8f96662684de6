using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.EnvFiles;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>A lease that was freed.</summary>
internal sealed record FreedLease(
    string ProjectName,
    string Root,
    IReadOnlyDictionary<string, int> Ports
);

/// <summary>What <c>prune</c> did, and what only git can do.</summary>
/// <param name="Freed">The leases of worktrees that git has forgotten, of all repositories of this user.</param>
/// <param name="Prunable">Worktrees of this repository whose folder is gone, which <c>git worktree prune</c> would forget.</param>
/// <param name="Removed">What was removed of such worktrees in the container engine.</param>
/// <param name="Elsewhere">What such worktrees have in engines that are not at hand, and is kept in mind.</param>
internal sealed record PruneReport(
    IReadOnlyList<FreedLease> Freed,
    IReadOnlyList<string> Prunable,
    IReadOnlyList<RemovedContainers> Removed,
    IReadOnlyList<Remains> Elsewhere
)
{
    /// <summary>The report for people.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var lease in Freed)
        {
            yield return $"freed {lease.ProjectName} ({string.Join(", ", lease.Ports.Values)}), whose worktree was '{lease.Root}'";
        }
        foreach (var removed in Removed)
        {
            yield return $"removed {removed.Summary} of '{Path.GetFileName(removed.GitDirectory)}'";
        }
        foreach (var name in Prunable)
        {
            yield return $"'{name}' has no folder any more; 'git worktree prune' makes git forget it, and its ports are then free";
        }
        if (Freed.Count + Removed.Count + Prunable.Count + Elsewhere.Count == 0)
        {
            yield return "nothing to prune";
        }
    }
}

/// <summary>Frees what removed worktrees left.</summary>
internal static class WorktreePruning
{
    /// <summary>
    /// Stops what still runs of worktrees that git has forgotten, frees their ports, and removes their containers,
    /// networks and volumes where an engine is at hand. It deletes no folder and never calls <c>git worktree prune</c>: a folder may be on a disk that is away.
    /// </summary>
    /// <param name="environment">The caller's environment.</param>
    /// <param name="folder">A folder of the repository.</param>
    /// <param name="narrator">Hears what is done.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="forget">The address of an engine that is gone for good: what is remembered of it is forgotten.</param>
    /// <exception cref="WorktreeHooksException">WTH1001: no repository. WTH2003, WTH2009: the lease file. WTH5010–WTH5017: the engine refused.</exception>
    public static PruneReport Run(
        HostEnvironment environment,
        string folder,
        Narrator narrator,
        CancellationToken cancellation,
        string? forget = null
    )
    {
        var checkout = CheckoutLocator.Locate(folder);
        var store = LeaseStore.Open(environment, checkout.CommonDirectory, narrator);
        var (freed, known) = store.Update(
            EnvFile.ReadSaved,
            table =>
            {
                var dead = LeaseAllocator.FreeDeadLeases(table, narrator);
                var gone = table.Remains.Where(r => r.IsGone()).ToList();
                table.Forget(r => r.Engine == forget && gone.Contains(r));
                return (dead, gone);
            }
        );
        var remains = known.Where(r => r.Engine != forget).ToList();
        if (forget is not null)
        {
            narrator.Say(
                $"forgot what {known.Count - remains.Count} worktrees that are gone left in the engine '{forget}'"
            );
        }
        var prunable = WorktreeList
            .Linked(checkout.CommonDirectory)
            .Where(w => w.IsPrunable)
            .Select(w => w.Name);
        using var engine = WorktreeContainers.TryConnect(environment, out var reason, cancellation);
        var here = remains.Where(r => r.Engine == engine?.Address).ToList();
        var elsewhere = remains.Except(here).ToList();
        var removed = engine is null ? [] : RemoveFrom(engine, freed, here, cancellation);
        store.Update(
            EnvFile.ReadSaved,
            table =>
            {
                table.Forget(r => here.Exists(r.IsOfSame));
                return true;
            }
        );
        WarnOfRest(freed, elsewhere, engine, reason, narrator);
        return new PruneReport(
            [.. freed.Select(l => new FreedLease(l.ProjectName, l.Root, l.Ports))],
            [.. prunable],
            removed,
            elsewhere
        );
    }

    private static void WarnOfRest(
        IReadOnlyList<Lease> freed,
        List<Remains> elsewhere,
        ContainerEngine? engine,
        string reason,
        Narrator narrator
    )
    {
        RemainsElsewhere.Warn(elsewhere, engine, reason, narrator);
        foreach (var lease in freed.Where(l => engine is null && l.HasContainers))
        {
            if (!elsewhere.Exists(r => r.GitDirectory == lease.GitDirectory))
            {
                WorktreeContainers.WarnOfLeft(lease, reason, narrator);
            }
        }
    }

    private static List<RemovedContainers> RemoveFrom(
        ContainerEngine engine,
        IReadOnlyList<Lease> freed,
        List<Remains> here,
        CancellationToken cancellation
    )
    {
        try
        {
            var labelled = WorktreeContainers
                .Gone(engine, cancellation)
                .Union(freed.Where(l => l.HasContainers).Select(l => l.GitDirectory))
                .Union(here.Where(r => r.ToUse().IsRemote).Select(r => r.GitDirectory))
                .ToHashSet(StringComparer.Ordinal);
            return
            [
                .. labelled
                    .Union(here.Select(r => r.GitDirectory))
                    .Select(d => RemoveFrom(engine, d, labelled.Contains(d), here, cancellation))
                    .Where(r => !r.IsEmpty),
            ];
        }
        catch (EngineException e)
        {
            throw EngineErrors.Of(e, "the removal of what worktrees left");
        }
    }

    // Of a repository that cannot be seen, an engine of this machine keeps all but what nothing can come back to.
    private static RemovedContainers RemoveFrom(
        ContainerEngine engine,
        string gitDirectory,
        bool withLabelled,
        List<Remains> here,
        CancellationToken cancellation
    )
    {
        var unnamed = here.Find(r => r.GitDirectory == gitDirectory)?.Volumes ?? [];
        return withLabelled
            ? WorktreeContainers.Remove(engine, gitDirectory, true, cancellation, unnamed)
            : new(gitDirectory, [], [], UnnamedVolumes.Remove(engine, unnamed, cancellation));
    }
}
