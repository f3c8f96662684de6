using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>A file system that is soon full, in the place of a folder.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string folder;

    public SmallDisk(string folder, string size)
    {
        this.folder = folder;
        Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", folder);
    }

    /// <summary>The place where the engine writes what it knows of containers, with no room for one more.</summary>
    public static SmallDisk UnderTheEngine() =>
        new(Path.Combine(PrivateEngine.Folder, "data", "containers"), "4k");

    public void Dispose() => Run("umount", "--lazy", folder);

    private static void Run(params string[] command)
    {
        var answer = ChildProcess.Run(
            HostEnvironment.Capture(),
            Path.GetTempPath(),
            command[0],
            command[1..]
        );
        Assert.True(answer.ExitCode == 0, answer.ErrorOutput);
    }
}
