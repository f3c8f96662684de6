using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Support;

/// <summary>A folder of a test's own, deleted at its end, with no link in its path.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() =>
        Path = RealPath.Of(Directory.CreateTempSubdirectory("wth-").FullName);

    public string Path { get; }

    public string At(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    public void Dispose()
    {
        MakeDeletable(Path);
        Directory.Delete(Path, recursive: true);
    }

    private static void MakeDeletable(string folder)
    {
        foreach (
            var entry in new DirectoryInfo(folder).EnumerateDirectories(
                "*",
                SearchOption.TopDirectoryOnly
            )
        )
        {
            if (entry.LinkTarget is null)
            {
                if (!OperatingSystem.IsWindows())
                {
                    entry.UnixFileMode |=
                        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
                }
                MakeDeletable(entry.FullName);
            }
        }
    }
}
