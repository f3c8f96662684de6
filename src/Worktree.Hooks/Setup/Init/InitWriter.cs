using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>Reads and writes the files of <c>init</c>; nothing that changed in between is written over.</summary>
internal static class InitWriter
{
    /// <summary>A file's bytes; null where it is not there.</summary>
    /// <exception cref="WorktreeHooksException">WTH1021: it is a link. WTH1022: it cannot be read.</exception>
    public static byte[]? ReadExisting(string root, string file)
    {
        RequireNoLink(root, file);
        var path = Path.GetFullPath(file, root);
        return File.Exists(path) ? Guard(file, () => File.ReadAllBytes(path)) : null;
    }

    /// <summary>Refuses a file that is a symbolic link: what it names may serve others.</summary>
    /// <exception cref="WorktreeHooksException">WTH1021.</exception>
    public static void RequireNoLink(string root, string file)
    {
        if (new FileInfo(Path.GetFullPath(file, root)).LinkTarget is { } target)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.BuildFileIsALink,
                $"'{file}' is a symbolic link to '{target}', and what it names is not written through it. "
                    + "Write the line into that file by hand, or replace the link by a file."
            );
        }
    }

    /// <summary>Refuses to go on where a file is not as it was.</summary>
    /// <exception cref="WorktreeHooksException">WTH1022.</exception>
    public static void RequireUnchanged(string root, string file, byte[]? expected)
    {
        if (!IsAs(ReadExisting(root, file), expected))
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.InitFileUnwritable,
                $"'{file}' was changed while init asked about it, and is left as it is. Run 'dotnet worktree init' again."
            );
        }
    }

    /// <summary>True where two contents, or two absences, are the same.</summary>
    public static bool IsAs(byte[]? content, byte[]? other) =>
        content is null
            ? other is null
            : other is not null && content.AsSpan().SequenceEqual(other);

    /// <summary>Writes a file, or deletes it where there is no content, and its folder if that is empty then.</summary>
    public static void Write(string root, string file, byte[]? content)
    {
        var path = Path.GetFullPath(file, root);
        var folder = Path.GetDirectoryName(path)!;
        if (content is not null)
        {
            Directory.CreateDirectory(folder);
            AtomicFile.Write(path, content);
            return;
        }
        File.Delete(path);
        if (folder != root && !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
        }
    }

    /// <summary>Tells what the system refuses.</summary>
    /// <exception cref="WorktreeHooksException">WTH1022.</exception>
    public static void Guard(string file, Action action) =>
        Guard(
            file,
            () =>
            {
                action();
                return true;
            }
        );

    private static T Guard<T>(string file, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.InitFileUnwritable,
                $"'{file}' cannot be read or written: {e.Message} Mend the permissions of the file and its folder and run 'dotnet worktree init' again.",
                e
            );
        }
    }
}
