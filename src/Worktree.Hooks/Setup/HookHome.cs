using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>
/// The installation in a common dir: <c>worktree-hooks/bin</c>, a link to <c>bin-HASH</c>, so that another executable
/// comes by one rename and a hook that runs keeps its files.
/// </summary>
internal sealed class HookHome(string commonDirectory)
{
    public string Folder { get; } = Path.Combine(commonDirectory, "worktree-hooks");

    public string Bin => Path.Combine(Folder, "bin");

    public string LockFile => Path.Combine(Folder, "install.lock");

    /// <summary>Holds a relative core.hooksPath, for <see cref="HookSeed"/>; not there where it is none.</summary>
    public string RelativePathFile => Path.Combine(Folder, "relative-hooks-path");

    public string RecordFile => Path.Combine(Folder, "installation");

    /// <summary>Names the dotnet that runs a portable executable; read by hooks/post-checkout.</summary>
    public string DotnetPathFile => Path.Combine(Folder, "dotnet-path");

    /// <summary>The executable that the hook runs; null where there is none.</summary>
    public HookExecutable? Installed => HookExecutable.TryLoad(Bin);

    /// <summary>
    /// Copies an executable and makes it the one that the hook runs. Killed at any moment, it leaves the former one or
    /// the new one; what it leaves beside them, the next run removes.
    /// </summary>
    public void Publish(HookExecutable executable)
    {
        Directory.CreateDirectory(Folder);
        var name = $"bin-{executable.ContentHash}";
        var target = Path.Combine(Folder, name);
        var former = new DirectoryInfo(Bin).LinkTarget;
        if (HookExecutable.TryLoad(target) is null)
        {
            var beside = $"{target}.tmp";
            DeleteFolder(target);
            DeleteFolder(beside);
            executable.CopyTo(beside);
            Directory.Move(beside, target);
        }
        PointTo(name);
        // A hook that runs the former one may still load from it: it goes at the next change.
        DeleteExecutablesExcept(name, former);
    }

    /// <summary>Deletes everything of the installation but the lock file, which may be waited for.</summary>
    public void Delete()
    {
        DeleteLinkOrFolder(Bin);
        DeleteExecutablesExcept();
        File.Delete(DotnetPathFile);
        File.Delete(RelativePathFile);
        File.Delete(RecordFile);
    }

    private void PointTo(string name)
    {
        if (OperatingSystem.IsWindows())
        {
            // Not run by our tests. Links need a privilege there: the folder itself is moved, with a gap between.
            DeleteLinkOrFolder(Bin);
            Directory.Move(Path.Combine(Folder, name), Bin);
            return;
        }
        if (new DirectoryInfo(Bin) is { Exists: true, LinkTarget: null })
        {
            Directory.Move(Bin, Path.Combine(Folder, $"bin-replaced-{Environment.ProcessId}"));
        }
        var link = $"{Bin}.tmp";
        File.Delete(link);
        File.CreateSymbolicLink(link, name);
        if (Libc.Rename(link, Bin) != 0)
        {
            throw new IOException(
                $"'{link}' cannot be renamed to '{Bin}': {System.Runtime.InteropServices.Marshal.GetLastPInvokeErrorMessage()}"
            );
        }
    }

    private void DeleteExecutablesExcept(params string?[] kept)
    {
        if (!Directory.Exists(Folder))
        {
            return;
        }
        foreach (var folder in Directory.EnumerateDirectories(Folder, "bin-*"))
        {
            if (!kept.Contains(Path.GetFileName(folder), StringComparer.Ordinal))
            {
                DeleteFolder(folder);
            }
        }
    }

    private static void DeleteLinkOrFolder(string path)
    {
        if (new DirectoryInfo(path).LinkTarget is not null)
        {
            File.Delete(path);
        }
        else
        {
            DeleteFolder(path);
        }
    }

    private static void DeleteFolder(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
