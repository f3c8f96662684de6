using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>
/// Whether what a label or Compose names is gone. What this user, or the container that this runs in, cannot see is not
/// gone: the folder around it must be there. Nothing is known of paths of another machine.
/// </summary>
internal static class GonePlace
{
    /// <summary>True where a folder is gone.</summary>
    public static bool IsGone(ContainerEngine engine, string folder) =>
        IsGone(engine, folder, folder);

    /// <summary>True where a worktree's private git dir is gone.</summary>
    public static bool IsGitDirectoryGone(ContainerEngine engine, string gitDirectory) =>
        IsGone(engine, gitDirectory, RootOf(gitDirectory));

    /// <summary>True where the whole repository of a private git dir is gone: it was moved or deleted.</summary>
    public static bool IsRepositoryGone(ContainerEngine engine, string gitDirectory) =>
        IsGone(engine, CommonOf(gitDirectory), RootOf(gitDirectory));

    private static bool IsGone(ContainerEngine engine, string path, string root)
    {
        if (engine.IsRemote)
        {
            return false;
        }
        try
        {
            return FileStat.TryOf(path) is null && Directory.Exists(Path.GetDirectoryName(root));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // A git dir is ROOT/.git, ROOT/.git/worktrees/NAME, or the like of a bare repository.
    private static string RootOf(string gitDirectory)
    {
        var common = CommonOf(gitDirectory);
        return Path.GetFileName(common) == ".git" ? Path.GetDirectoryName(common)! : common;
    }

    private static string CommonOf(string gitDirectory)
    {
        var above = Path.GetDirectoryName(gitDirectory);
        return Path.GetFileName(above) == "worktrees"
            ? Path.GetDirectoryName(above)!
            : gitDirectory;
    }
}
