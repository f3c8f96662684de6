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
        var mainRoot = mainSetting is null
            ? DefaultMainRoot(checkout)
            : NamedMainRoot(checkout, mainSetting);
        var isMain = mainRoot is null ? !checkout.IsLinked : mainRoot == checkout.Root;
        return new WorktreeIdentity
        {
            Checkout = checkout,
            IsMain = isMain,
            Name = isMain ? MainName : checkout.LinkedName ?? Path.GetFileName(checkout.Root),
            Project = projectSetting ?? ProjectOf(checkout, mainRoot),
            MainRoot = mainRoot ?? (isMain ? checkout.Root : null),
        };
    }

    private static string? DefaultMainRoot(Checkout checkout)
    {
        if (!checkout.IsLinked)
        {
            return checkout.Root;
        }
        var common = checkout.CommonDirectory;
        if (!GitFiles.IsBare(common))
        {
            return WorktreeList.MainRoot(common);
        }
        return GitFiles.BranchOf(common) is { } branch ? RootOnBranch(common, branch) : null;
    }

    private static string NamedMainRoot(Checkout checkout, string mainSetting)
    {
        var common = checkout.CommonDirectory;
        var candidates = WorktreeList
            .Linked(common)
            .Where(w => w.Exists)
            .Select(w => RealPath.Of(w.Root!))
            .ToList();
        if (WorktreeList.MainRoot(common) is { } mainRoot)
        {
            candidates.Add(mainRoot);
        }
        if (!checkout.IsLinked)
        {
            candidates.Add(checkout.Root);
        }
        var asPath = RealPath.Of(Path.GetFullPath(mainSetting, Path.GetDirectoryName(common)!));
        if (candidates.Contains(asPath, StringComparer.Ordinal))
        {
            return asPath;
        }
        return candidates.Find(root =>
                GitFiles.GitDirectoryOf(root) is { } g && GitFiles.BranchOf(g) == mainSetting
            )
            ?? throw new WorktreeHooksException(
                ErrorCatalogue.MainWorktreeUnknown,
                $"\"main\": \"{mainSetting}\" in worktree.json is neither the path ('{asPath}') nor the branch of a "
                    + $"worktree of this repository ({string.Join(", ", candidates.Select(c => $"'{c}'"))}). "
                    + "Name one of them, or leave \"main\" out."
            );
    }

    private static string? RootOnBranch(string commonDirectory, string branch) =>
        WorktreeList.Linked(commonDirectory).FirstOrDefault(w => w.Exists && w.Branch == branch)
            is { } worktree
            ? RealPath.Of(worktree.Root!)
            : null;

    private static string ProjectOf(Checkout checkout, string? mainRoot)
    {
        if (
            mainRoot is not null
            && (
                mainRoot == checkout.Root
                    ? !checkout.IsLinked
                    : !GitFiles.IsBare(checkout.CommonDirectory)
            )
        )
        {
            return Path.GetFileName(mainRoot);
        }
        // Bare and separate git dirs are named like the project: webserver.git, or webserver/.bare.
        var common = checkout.CommonDirectory;
        var name = Path.GetFileName(common);
        return name.StartsWith('.')
            ? Path.GetFileName(Path.GetDirectoryName(common)!)
            : Path.GetFileNameWithoutExtension(name);
    }
}
