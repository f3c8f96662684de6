using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>One thing that lies in a database directory.</summary>
/// <param name="Name">Its path relative to the directory, with slashes; empty for the directory itself.</param>
/// <param name="FullPath">Where it is read from: elsewhere for what lies behind a followed link.</param>
/// <param name="Stat">What the system said, before anything was read.</param>
internal sealed record ScannedEntry(string Name, string FullPath, FileStat Stat)
{
    /// <summary>A link's text; null for anything else.</summary>
    public string? LinkText { get; init; }

    /// <summary>Where a link leads in the end; null for anything else.</summary>
    public string? LinkTarget { get; init; }
}

/// <summary>Whether somebody writes to a database while it is copied.</summary>
internal enum SourceMotion
{
    /// <summary>Nobody: whatever changes is an error.</summary>
    Still,

    /// <summary>A server in backup mode: files come, go, grow and shrink, and its WAL mends the copy.</summary>
    Moving,
}

/// <summary>Lists a directory with everything in it, links not followed but for those that the rules name.</summary>
internal static class TreeScan
{
    // What .NET shows for bytes that are no text; the system then knows no file of that name.
    private const char Unreadable = '\uFFFD';

    private static readonly EnumerationOptions Everything = new()
    {
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = false,
        RecurseSubdirectories = false,
    };

    /// <summary>The directory itself first, then what is in it, each folder before its content.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="isFollowed">Which links that lead out count as what they lead to, by name.</param>
    /// <exception cref="SourceUnreadableException">A folder may not be listed.</exception>
    /// <exception cref="SourceChangedException">Something vanished while we looked.</exception>
    /// <param name="motion">Whether a server goes on writing there: then what vanishes is passed over.</param>
    public static IReadOnlyList<ScannedEntry> Of(
        string root,
        Func<string, bool> isFollowed,
        SourceMotion motion = SourceMotion.Still
    )
    {
        var found = new List<ScannedEntry>();
        Add(found, "", root, isFollowed, motion);
        return found;
    }

    private static void Add(
        List<ScannedEntry> found,
        string name,
        string path,
        Func<string, bool> isFollowed,
        SourceMotion motion
    )
    {
        var entry = new ScannedEntry(name, path, StatOf(path));
        if (entry.Stat.Kind == FileKind.Link)
        {
            var real = RealPath.Of(path);
            entry =
                isFollowed(name)
                && FileStat.TryOf(real) is { Kind: FileKind.Directory or FileKind.File } behind
                    ? entry with
                    {
                        FullPath = real,
                        Stat = behind,
                    }
                    : entry with
                    {
                        LinkText = new FileInfo(path).LinkTarget,
                        LinkTarget = real,
                    };
        }
        found.Add(entry);
        if (entry.Stat.Kind == FileKind.Directory)
        {
            foreach (var child in List(entry.FullPath))
            {
                var childName = name.Length == 0 ? child : $"{name}/{child}";
                AddChild(found, childName, Path.Combine(entry.FullPath, child), isFollowed, motion);
            }
        }
    }

    private static void AddChild(
        List<ScannedEntry> found,
        string name,
        string path,
        Func<string, bool> isFollowed,
        SourceMotion motion
    )
    {
        try
        {
            Add(found, name, path, isFollowed, motion);
        }
        catch (SourceChangedException) when (motion == SourceMotion.Moving)
        {
            // Dropped meanwhile: the WAL tells the copy so.
        }
    }

    private static List<string> List(string folder)
    {
        try
        {
            return
            [
                .. Directory
                    .EnumerateFileSystemEntries(folder, "*", Everything)
                    .Select(p => Path.GetFileName(p)),
            ];
        }
        catch (UnauthorizedAccessException e)
        {
            throw new SourceUnreadableException(folder, e);
        }
        catch (DirectoryNotFoundException)
        {
            throw new SourceChangedException($"'{folder}' is gone");
        }
    }

    private static FileStat StatOf(string path)
    {
        try
        {
            return FileStat.TryOf(path)
                ?? throw (
                    path.Contains(Unreadable, StringComparison.Ordinal)
                        ? new WorktreeHooksException(
                            ErrorCatalogue.NameNotText,
                            $"'{path}' has a name that is not UTF-8 text, so it cannot be copied. No database server makes such "
                                + "names: rename the file, or move it out of the database."
                        )
                        : new SourceChangedException($"'{path}' is gone")
                );
        }
        catch (UnauthorizedAccessException e)
        {
            throw new SourceUnreadableException(path, e);
        }
    }
}
