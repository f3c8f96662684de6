using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>Whose a container of a compose project is: two folders of one name have projects of one name.</summary>
internal static class ComposeOwner
{
    /// <summary>The folder that Compose was called for; null where it has left none on the container.</summary>
    public static string? FolderOf(EngineContainer container) =>
        container.Label("com.docker.compose.project.working_dir");

    /// <summary>The same for a message.</summary>
    public static string PlaceOf(EngineContainer container) =>
        FolderOf(container) is { } folder ? $"'{folder}'" : "another folder";

    /// <summary>True where Compose was called for this folder, whatever links lead there.</summary>
    public static bool IsFrom(string folder, EngineContainer container) =>
        FolderOf(container) is { } own && AreSame(RealPath.Of(own), RealPath.Of(folder));

    /// <summary>
    /// True for a container of a worktree's project that a start or stop of the worktree may make anew or end: it has the
    /// worktree's label, or a plain <c>docker compose up</c> inside the work tree has made it, or whoever made it is gone;
    /// mostly that is the worktree itself, which was moved.
    /// </summary>
    public static bool IsOwn(
        ContainerEngine engine,
        Checkout checkout,
        EngineContainer container
    ) =>
        container.Label(WorktreeContainers.Label) is { } gitDirectory
            ? AreSame(gitDirectory, checkout.GitDirectory)
                || FormerPlaces.Of(checkout.GitDirectory).Contains(gitDirectory, RealPath.Comparer)
                || GonePlace.IsGitDirectoryGone(engine, gitDirectory)
            : FolderOf(container) is { } folder
                && (IsInWorkTree(checkout, folder) || GonePlace.IsGone(engine, folder));

    /// <summary>True for a service's container that a plain <c>docker compose up</c> of this project has made.</summary>
    public static bool IsPlain(string project, EngineContainer container) =>
        container.Label(WorktreeContainers.Label) is null
        && container.Label(ComposeStack.ProjectLabel) == project
        && WorktreeContainers.IsService(container);

    // Linked worktrees and clones may lie inside another work tree. A path of another system is none of this one.
    private static bool IsInWorkTree(Checkout checkout, string folder)
    {
        if (!Path.IsPathFullyQualified(folder))
        {
            return false;
        }
        var real = RealPath.Of(folder);
        if (AreSame(real, checkout.Root))
        {
            return true;
        }
        if (!ContainerEngine.IsAtOrInside(real, checkout.Root))
        {
            return false;
        }
        try
        {
            return !Directory.Exists(real)
                || CheckoutLocator.TryLocate(real) is { } around
                    && AreSame(around.GitDirectory, checkout.GitDirectory);
        }
        catch (WorktreeHooksException)
        {
            return false; // it has a broken .git of its own
        }
    }

    private static bool AreSame(string one, string other) =>
        string.Equals(one, other, RealPath.Comparison);
}
