using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Support;

/// <summary>A folder of a test's own, deleted at its end, with no link in its path.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() =>
        Path = RealPath.Of(Directory.CreateTempSubdirectory("wth-").FullName);

    public string Path { get; }

    public string At(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    // Also where a background deletion of the code under test is at work in it.
    public void Dispose() => FolderTree.Delete(Path);
}
