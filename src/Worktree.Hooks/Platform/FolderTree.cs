namespace Worktree.Hooks.Platform;

/// <summary>Deletes trees and brings them to the disk.</summary>
internal static class FolderTree
{
    /// <summary>Deletes a file, a link or a whole folder, links not followed; nothing there is fine.</summary>
    /// <exception cref="IOException">Something could not be deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">Somebody else's files.</exception>
    public static void Delete(string path)
    {
        if (FileStat.TryOf(path) is not { } stat)
        {
            return;
        }
        if (stat.Kind != FileKind.Directory)
        {
            File.Delete(path);
            return;
        }
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Folders were copied with their modes: one without write permission keeps its files. Or somebody else
            // deletes it too, and was faster somewhere.
            DeleteStubbornly(path);
        }
    }

    private static void DeleteStubbornly(string path)
    {
        for (var attempt = 1; FileStat.TryOf(path) is not null; attempt++)
        {
            try
            {
                OpenFolders(path);
                Directory.Delete(path, recursive: true);
            }
            catch (DirectoryNotFoundException) when (attempt < 100)
            {
                // Gone by now.
            }
        }
    }

    /// <summary>
    /// The folders below a path, itself included, whose content this user cannot delete: somebody else's, or without
    /// write permission. Links are not followed, and nothing below such a folder is looked at.
    /// </summary>
    public static IEnumerable<string> Undeletable(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            yield break;
        }
        var open = new Stack<string>([path]);
        while (open.TryPop(out var folder))
        {
            if (Libc.Access(folder, Libc.MayReadAndEnter) != 0)
            {
                yield return folder;
                continue;
            }
            var isEmpty = true;
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
            {
                isEmpty = false;
                if (entry is DirectoryInfo { LinkTarget: null })
                {
                    open.Push(entry.FullName);
                }
            }
            if (!isEmpty && Libc.Access(folder, Libc.MayWrite) != 0)
            {
                yield return folder;
            }
        }
    }

    /// <summary>Waits until everything written to the file system of a folder is on the disk.</summary>
    public static void Sync(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // files are flushed as they are closed there
        }
        if (!OperatingSystem.IsLinux())
        {
            Libc.SyncAll();
            return;
        }
        var descriptor = Libc.Open(folder, Libc.OpenCloseOnExec);
        if (descriptor < 0)
        {
            throw PosixError.Last($"'{folder}'");
        }
        using var opened = new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, true);
        if (Libc.SyncFileSystem(descriptor) != 0)
        {
            throw PosixError.Last($"'{folder}'");
        }
    }

    private static void OpenFolders(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                folder,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
        }
        foreach (var entry in new DirectoryInfo(folder).EnumerateDirectories())
        {
            if (entry.LinkTarget is null)
            {
                OpenFolders(entry.FullName);
            }
        }
    }
}
