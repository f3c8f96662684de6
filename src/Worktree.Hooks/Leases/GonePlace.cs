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

    /// <summary>True where nothing is at a path; false where this user may not know.</summary>
    public static bool IsNothingAt(string path)
    {
        try
        {
            return FileStat.TryOf(path) is null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsGone(ContainerEngine engine, string path, string root) =>
        !engine.IsRemote && IsNothingAt(path) && Directory.Exists(Path.GetDirectoryName(root));

    // A git dir is ROOT/.git, ROOT/.git/worktrees/NAME, or the like of a bare repository.
    private static string RootOf(string gitDirectory)
    {
        var common = Remains.CommonDirectoryOf(gitDirectory);
        return Path.GetFileName(common) == ".git" ? Path.GetDirectoryName(common)! : common;
    }
}
