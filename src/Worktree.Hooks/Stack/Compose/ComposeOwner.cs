using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>Whose a container of a compose project is: two folders of one name have projects of one name.</summary>
internal static class ComposeOwner
{
    /// <summary>The folder that Compose was called for; null where it has left none on the container.</summary>
    public static string? FolderOf(EngineContainer container) =>
        container.Label("com.docker.compose.project.working_dir");

    /// <summary>True where Compose was called for this folder, whatever links lead there.</summary>
    public static bool IsFrom(string folder, EngineContainer container) =>
        FolderOf(container) is { } own && RealPath.Of(own) == RealPath.Of(folder);

    /// <summary>True where Compose was called for this folder or one inside it.</summary>
    public static bool IsWithin(string root, EngineContainer container) =>
        FolderOf(container) is { } own
        && ContainerEngine.IsAtOrInside(RealPath.Of(own), RealPath.Of(root));

    /// <summary>True for a service's container that a plain <c>docker compose up</c> of this project has made.</summary>
    public static bool IsPlain(string project, EngineContainer container) =>
        container.Label(WorktreeContainers.Label) is null
        && container.Label(ComposeStack.ProjectLabel) == project
        && WorktreeContainers.IsService(container);
}
