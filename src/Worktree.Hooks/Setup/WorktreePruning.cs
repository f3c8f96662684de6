using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.EnvFiles;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>Frees what removed worktrees left.</summary>
internal static class WorktreePruning
{
    /// <summary>
    /// Stops what still runs of worktrees that git has forgotten, frees their ports, and removes their containers,
    /// networks and volumes where an engine is at hand and their repository can be seen. It deletes no folder and never calls
    /// <c>git worktree prune</c>: a folder may be on a disk that is away.
    /// </summary>
    /// <param name="environment">The caller's environment.</param>
    /// <param name="folder">A folder of the repository.</param>
    /// <param name="narrator">Hears what is done.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="forget">The address of an engine that is gone for good: what is remembered of it is forgotten.</param>
    /// <exception cref="WorktreeHooksException">WTH1001: no repository. WTH2003, WTH2009: the lease file.</exception>
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
        var (freed, known, living) = store.Update(
            EnvFile.ReadSaved,
            table =>
            {
                var dead = LeaseAllocator.FreeDeadLeases(table, environment, narrator);
                var gone = table.Remains.Where(r => r.IsGone()).ToList();
                table.Forget(r => r.Engine == forget && gone.Contains(r));
                return (dead, gone, table.Leases.Select(l => l.GitDirectory).ToList());
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
        var pruning = engine is null
            ? null
            : new EnginePruning(engine, FormerPlacesOf(living, checkout), narrator, cancellation);
        pruning?.Run(here);
        store.Update(
            EnvFile.ReadSaved,
            table =>
            {
                table.Forget(r => pruning?.Done.Any(r.IsSameNote) == true);
                return true;
            }
        );
        WarnOfRest(freed, elsewhere, engine, reason, narrator);
        return new PruneReport(
            [.. freed.Select(l => new FreedLease(l.ProjectName, l.Root, l.Ports))],
            [.. prunable],
            pruning?.Removed ?? [],
            elsewhere,
            pruning?.Unseen ?? []
        )
        {
            Trouble = pruning?.Trouble,
        };
    }

    // This repository may have been moved a moment ago and have no leases yet.
    private static HashSet<string> FormerPlacesOf(List<string> living, Checkout checkout) =>
        FormerPlaces.OfAll(
            living
                .Append(checkout.CommonDirectory)
                .Concat(WorktreeList.Linked(checkout.CommonDirectory).Select(w => w.GitDirectory))
        );

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
                GoneWorktrees.WarnOfLeft(lease, reason, narrator);
            }
        }
    }
}
