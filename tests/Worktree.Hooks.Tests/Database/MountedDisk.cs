using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Database;

/// <summary>A small file system of the test's own, mounted over the folder of the worktree's database.</summary>
internal sealed class MountedDisk : IDisposable
{
    private readonly CloneRepository repository;

    private MountedDisk(CloneRepository repository, string path)
    {
        this.repository = repository;
        Path = path;
    }

    public string Path { get; }

    /// <summary>Mounts it; null where this machine or this user cannot.</summary>
    /// <param name="repository">Whose worktree gets it.</param>
    /// <param name="name">Its name, for the image.</param>
    /// <param name="mount">A shell command; $1 is the image, $2 the folder.</param>
    public static MountedDisk? Try(CloneRepository repository, string name, string mount)
    {
        var folder = System.IO.Path.GetDirectoryName(repository.InWorktree)!;
        Directory.CreateDirectory(folder);
        var result = ChildProcess.Run(
            repository.Repository.Environment,
            repository.Repository.Outside,
            "sh",
            "-c",
            mount,
            "sh",
            repository.Repository.Beside($"{name}.img"),
            folder
        );
        return result.ExitCode == 0 ? new MountedDisk(repository, folder) : null;
    }

    public void Dispose() => repository.Shell($"umount '{Path}' || umount --lazy '{Path}'");
}
