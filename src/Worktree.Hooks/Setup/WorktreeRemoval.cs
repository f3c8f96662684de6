using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.EnvFiles;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>A worktree that was removed.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Root">Where it lay.</param>
/// <param name="Branch">Its branch, which stays; null where HEAD was detached.</param>
/// <param name="Ports">The ports that are free again.</param>
/// <param name="Containers">What was removed in the container engine; null where none was asked or had anything.</param>
internal sealed record RemovalReport(
    string Name,
    string? Root,
    string? Branch,
    IReadOnlyDictionary<string, int> Ports,
    RemovedContainers? Containers
);

/// <summary>Removes a worktree with everything that was given to it: its stack, its files, its ports. Its branch stays.</summary>
internal sealed class WorktreeRemoval(HostEnvironment environment, string folder, Narrator narrator)
{
    /// <summary>Looks first, then stops the stack, lets git remove the files, and frees the ports.</summary>
    /// <param name="named">The worktree's name, folder or branch.</param>
    /// <param name="force">As in git: 1 also removes what is in no commit, 2 also a locked worktree.</param>
    /// <param name="cancellation">Ends the waiting for a start of its stack that is under way.</param>
    /// <exception cref="WorktreeHooksException">WTH5050, WTH5051, WTH5052: nothing was removed.</exception>
    public RemovalReport Run(string named, int force, CancellationToken cancellation)
    {
        var worktree = WorktreeChoice.Require(environment, folder, named, narrator);
        var common = CheckoutLocator.Locate(folder).CommonDirectory;
        RequireRemovable(worktree, force);
        using var engine = WorktreeContainers.TryConnect(environment, out var reason, cancellation);
        var store = LeaseStore.Open(environment, common, narrator);
        var own =
            engine is not null && store.IsOwner(worktree.GitDirectory, engine) ? engine : null;
        var containers = new RemovalContainers(own, worktree.GitDirectory, cancellation);
        if (worktree.Row is { } row)
        {
            new StackCommands(environment, row.Root, narrator).StopProcesses(cancellation);
            containers.Remove(environment, row.Checkout, narrator);
            RequireDeletable(row.Root, containers);
        }
        RemoveByGit(worktree, common, force);
        // A repository that was here before and was moved goes on with volumes of the same label.
        var hasSharedLabel = FormerPlaces
            .OfAll(store.Query().Select(l => l.GitDirectory))
            .Contains(worktree.GitDirectory);
        var removed = containers.RemoveRest(
            own is null ? [] : store.VolumesOf(worktree.GitDirectory, own.Address),
            withVolumes: !hasSharedLabel
        );
        var (lease, elsewhere) = FreeLease(store, worktree, engine?.Address);
        RemainsElsewhere.Warn(elsewhere, engine, reason, narrator);
        if (engine is null && elsewhere.Count == 0 && lease is { HasContainers: true })
        {
            GoneWorktrees.WarnOfLeft(lease, reason, narrator);
        }
        return new RemovalReport(
            worktree.Name,
            worktree.Root,
            worktree.Branch,
            lease?.Ports ?? new Dictionary<string, int>(StringComparer.Ordinal),
            removed
        );
    }

    private void RequireRemovable(ChosenWorktree worktree, int force)
    {
        if (worktree.IsMain)
        {
            throw Refused(
                $"'{worktree.Root}' is the main worktree, whose database and ports the others rely on. Name another worktree."
            );
        }
        if (force < 2 && LockOf(worktree) is { } reason)
        {
            throw Refused(
                $"'{worktree.Name}' is locked{reason}. Unlock it with 'git worktree unlock', or pass --force twice."
            );
        }
        if (force > 0 || worktree.Row is not { } row)
        {
            return;
        }
        // The same question that git asks before it removes a worktree.
        var changes = RequireGit(row.Root, "status", "--porcelain", "--ignore-submodules=none")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (changes.Length > 0)
        {
            var shown = string.Join(", ", changes.Take(3));
            throw Refused(
                $"'{row.Root}' has changes that are in no commit ({shown}{(changes.Length > 3 ? ", …" : "")}). Commit or "
                    + "stash them, or pass --force, which deletes them with the worktree."
            );
        }
        if (RequireGit(row.Root, "ls-files", "--stage").Split('\n').Any(IsSubmodule))
        {
            throw Refused(
                $"'{row.Root}' has submodules, and git keeps such a worktree. Make sure that nothing in them is "
                    + "unpublished, then pass --force."
            );
        }
    }

    // gitformat-index(5): 160000 is the mode of a link to a commit of another repository.
    private static bool IsSubmodule(string line) =>
        line.StartsWith("160000 ", StringComparison.Ordinal);

    // git-worktree(1): the file's content is the reason, and may be empty.
    private static string? LockOf(ChosenWorktree worktree)
    {
        var file = Path.Combine(worktree.GitDirectory, "locked");
        if (!File.Exists(file))
        {
            return null;
        }
        var reason = File.ReadAllText(file).Trim();
        return reason.Length > 0 ? $" ({reason})" : "";
    }

    // What a container's user left, a container can delete.
    private static void RequireDeletable(string root, RemovalContainers containers)
    {
        if (
            FolderTree.Undeletable(root).ToList() is not [var foreign, ..] all
            || containers.Delete(all)
        )
        {
            return;
        }
        var owner = FileStat.TryOf(foreign)?.User;
        var (evidence, remedy) =
            !OperatingSystem.IsWindows() && owner == Libc.GetEffectiveUserId()
                ? ("may not be written to", $"Allow it ('chmod -R u+rwx {foreign}')")
                : (
                    $"belongs to user {owner}, and only that user or root can delete what is in it",
                    $"Delete it ('sudo rm -r {foreign}')"
                );
        throw new WorktreeHooksException(
            ErrorCatalogue.FilesOfOthers,
            $"'{foreign}' {evidence}. Nothing was removed. {remedy}, then remove the worktree again."
        );
    }

    private void RemoveByGit(ChosenWorktree worktree, string common, int force)
    {
        string[] arguments =
        [
            "worktree",
            "remove",
            .. Enumerable.Repeat("--force", force),
            worktree.Root ?? worktree.Name,
        ];
        RequireGit(common, arguments);
    }

    // What the engine at hand had is removed; what others have is for "prune" with them. A worktree of that name which was
    // added meanwhile has the same lease.
    private (Lease? Lease, IReadOnlyList<Remains> Elsewhere) FreeLease(
        LeaseStore store,
        ChosenWorktree worktree,
        string? engine
    ) =>
        store.Update(
            EnvFile.ReadSaved,
            table =>
            {
                if (!GonePlace.IsNothingAt(worktree.GitDirectory))
                {
                    return (null, []);
                }
                var lease = table.Find(worktree.GitDirectory);
                if (lease is not null)
                {
                    LeaseAllocator.Free(table, lease, narrator);
                }
                table.Forget(r => r.GitDirectory == worktree.GitDirectory && r.Engine == engine);
                var elsewhere = table.Remains.Where(r => r.GitDirectory == worktree.GitDirectory);
                return (lease, (IReadOnlyList<Remains>)[.. elsewhere]);
            }
        );

    private string RequireGit(string where, params string[] arguments)
    {
        var result = GitProgram.Run(environment, where, arguments);
        return result.ExitCode == 0
            ? result.Output
            : throw Refused(
                $"'git {string.Join(' ', arguments.Take(2))}' ended with {result.ExitCode} in '{where}': "
                    + $"{result.ErrorOutput.Trim()}. Mend that, and remove the worktree again."
            );
    }

    private static WorktreeHooksException Refused(string message) =>
        new(ErrorCatalogue.RemovalRefused, message);
}
