namespace Worktree.Hooks.Platform;

/// <summary>Paths with every symbolic link resolved, so that one folder has one name.</summary>
internal static class RealPath
{
    private const int MostLinks = 40; // as Linux: more than that is a circle

    /// <summary>How names of files compare: Windows and macOS have one folder for <c>Shop</c> and <c>shop</c>.</summary>
    public static StringComparison Comparison { get; } =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()
            ? StringComparison.OrdinalIgnoreCase
            : StringComparison.Ordinal;

    /// <summary>The same for sets and searches.</summary>
    public static StringComparer Comparer { get; } = StringComparer.FromComparison(Comparison);

    /// <summary>
    /// The absolute path with every link in it resolved, as <c>realpath(3)</c>; parts that do not exist stay as they
    /// are, and so does the rest of a path that runs in a circle. No trailing separator.
    /// </summary>
    public static string Of(string path)
    {
        var full = Path.GetFullPath(path);
        var resolved = Path.GetPathRoot(full)!;
        var open = new Stack<string>();
        Push(open, full[resolved.Length..]);
        for (var links = 0; open.TryPop(out var part); )
        {
            if (part == "..")
            {
                resolved = Path.GetDirectoryName(resolved) ?? resolved;
                continue;
            }
            var next = Path.Combine(resolved, part);
            if (part == "." || links == MostLinks || TargetOf(next) is not { } target)
            {
                resolved = part == "." ? resolved : next;
                continue;
            }
            links++;
            // The target's own parts may be links too, and its ".." are counted from where those lead.
            var root = Path.GetPathRoot(target)!;
            resolved = Path.IsPathRooted(target) ? root : resolved;
            Push(open, target[root.Length..]);
        }
        return resolved;
    }

    private static void Push(Stack<string> open, string path)
    {
        var parts = path.Split(
            [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar],
            StringSplitOptions.RemoveEmptyEntries
        );
        for (var i = parts.Length - 1; i >= 0; i--)
        {
            open.Push(parts[i]);
        }
    }

    private static string? TargetOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
