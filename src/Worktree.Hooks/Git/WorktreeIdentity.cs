using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Git;

/// <summary>Which worktree this is, and of which project: everything that names and ports are derived from.</summary>
internal sealed record WorktreeIdentity
{
    /// <summary>The name of the main worktree in <c>.env.local</c> and in tables.</summary>
    public const string MainName = "main";

    /// <summary>Where it lies and where git keeps it.</summary>
    public required Checkout Checkout { get; init; }

    /// <summary>True for the main worktree, which keeps the standard ports and whose database the others copy.</summary>
    public required bool IsMain { get; init; }

    /// <summary>Git's own id of a linked worktree, or <see cref="MainName"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The project as the user wrote it, or the main worktree's folder name.</summary>
    public required string Project { get; init; }

    /// <summary>The root of the main worktree; null where there is none to be told.</summary>
    public required string? MainRoot { get; init; }

    /// <summary>
    /// The name before any suffix, reduced to what Compose accepts: <c>webserver</c> for main,
    /// <c>webserver_feature-x</c> for a worktree. Ports are hashed from it. Empty where nothing is left of it.
    /// </summary>
    public string ProjectName =>
        IsMain ? Names.ForCompose(Project) : Names.ForCompose($"{Project}_{Name}");

    /// <summary>The first label of the host name, before any suffix. Empty where nothing is left of it.</summary>
    public string HostLabel => Names.ForHost(IsMain ? Project : Name);

    /// <summary>
    /// Tells which worktree a checkout is. In a bare repository main is the worktree that has the bare repository's
    /// HEAD branch checked out, unless <paramref name="mainSetting"/> names another.
    /// </summary>
    /// <param name="checkout">The checkout.</param>
    /// <param name="projectSetting"><c>"project"</c> of worktree.json.</param>
    /// <param name="mainSetting"><c>"main"</c> of worktree.json: a path relative to the common dir's parent, or a branch.</param>
    /// <exception cref="WorktreeHooksException">WTH1003: <paramref name="mainSetting"/> names no worktree.</exception>
    public static WorktreeIdentity Of(
        Checkout checkout,
        string? projectSetting,
        string? mainSetting
    )
    {
        // A checkout that is not linked has a work tree, so its repository is not bare.
        var isBare = checkout.IsLinked && GitFiles.IsBare(checkout.CommonDirectory);
        var mainRoot = mainSetting is null
            ? DefaultMainRoot(checkout, isBare)
            : NamedMainRoot(checkout, isBare, mainSetting);
        var isMain = mainRoot == checkout.Root;
        return new WorktreeIdentity
        {
            Checkout = checkout,
            IsMain = isMain,
            // Git has no id for the repository's own checkout where "main" names another: its folder's name must do.
            Name = isMain ? MainName : checkout.LinkedName ?? Path.GetFileName(checkout.Root),
            Project = projectSetting ?? ProjectOf(checkout.CommonDirectory, isBare, mainRoot),
            MainRoot = mainRoot,
        };
    }

    private static string? DefaultMainRoot(Checkout checkout, bool isBare)
    {
        if (!isBare)
        {
            return UnlinkedRoot(checkout, isBare);
        }
        var common = checkout.CommonDirectory;
        return
            GitFiles.BranchOf(common) is { } branch
            && WorktreeList.Linked(common).FirstOrDefault(w => w.Exists && w.HeldBranch == branch)
                is { } worktree
            ? RealPath.Of(worktree.Root!)
            : null;
    }

    private static string NamedMainRoot(Checkout checkout, bool isBare, string mainSetting)
    {
        var common = checkout.CommonDirectory;
        var candidates = WorktreeList
            .Linked(common)
            .Where(w => w.Exists)
            .Select(w => (Root: RealPath.Of(w.Root!), w.HeldBranch))
            .ToList();
        if (UnlinkedRoot(checkout, isBare) is { } own)
        {
            candidates.Add((own, GitFiles.HeldBranchOf(common)));
        }
        var asPath = RealPath.Of(Path.GetFullPath(mainSetting, Path.GetDirectoryName(common)!));
        // With --separate-git-dir git has no record of main's root: whether it is that, its .git file says.
        if (
            candidates.Exists(c => c.Root == asPath)
            || (!isBare && GitFiles.GitDirectoryOf(asPath) == common)
        )
        {
            return asPath;
        }
        return candidates.Find(c => c.HeldBranch == mainSetting).Root
            ?? throw new WorktreeHooksException(
                ErrorCatalogue.MainWorktreeUnknown,
                $"\"main\": \"{mainSetting}\" in worktree.json is neither the path ('{asPath}') nor the branch of a "
                    + $"worktree of this repository ({string.Join(", ", candidates.Select(c => $"'{c.Root}'"))}). "
                    + "Name one of them, or leave \"main\" out."
            );
    }

    /// <summary>The root of the repository's own checkout, the one that is not linked.</summary>
    private static string? UnlinkedRoot(Checkout checkout, bool isBare) =>
        checkout.IsLinked ? WorktreeList.MainRoot(checkout.CommonDirectory, isBare) : checkout.Root;

    // The same from every worktree's point of view, or main and the others would get different projects.
    private static string ProjectOf(string common, bool isBare, string? mainRoot)
    {
        if (
            mainRoot is not null
            && !isBare
            && (
                Path.Combine(mainRoot, ".git") == common
                || GitFiles.GitDirectoryOf(mainRoot) == common
            )
        )
        {
            return Path.GetFileName(mainRoot);
        }
        // Bare and separate git dirs are named like the project: webserver.git, or webserver/.bare.
        var name = Path.GetFileName(common);
        if (name.StartsWith('.'))
        {
            return Path.GetFileName(Path.GetDirectoryName(common)!);
        }
        return name.EndsWith(".git", StringComparison.Ordinal) ? name[..^".git".Length] : name;
    }
}
