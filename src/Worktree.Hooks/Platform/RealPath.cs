namespace Worktree.Hooks.Platform;

/// <summary>Paths with every symbolic link resolved, so that one folder has one name.</summary>
internal static class RealPath
{
    /// <summary>
    /// The absolute path with every link in it resolved, as <c>realpath(3)</c>; parts that do not exist stay as they
    /// are. No trailing separator.
    /// </summary>
    public static string Of(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var resolved = Path.GetPathRoot(full)!;
        foreach (
            var part in full[resolved.Length..]
                .Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries)
        )
        {
            resolved = Resolve(Path.Combine(resolved, part));
        }
        return resolved;
    }

    private static string Resolve(string path)
    {
        try
        {
            var target = new FileInfo(path);
            if (target.LinkTarget is null)
            {
                return path;
            }
            var final = target.ResolveLinkTarget(returnFinalTarget: true);
            // The target's own parents may be links too.
            return final is null ? path : Of(final.FullName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }
}
