using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Database;

/// <summary>Changes files of a data directory at random, as a server would and as none would.</summary>
internal sealed class RandomChanges(string folder, int seed)
{
    private const int Page = 8192;

    private static readonly string[] NotToBeTouched =
    [
        "global/pg_control",
        "PG_VERSION",
        "postgresql.auto.conf",
    ];

    private readonly Random random = new(seed);
    private int made;

    /// <summary>What was changed, for the message of a test that fails.</summary>
    public List<string> Made { get; } = [];

    public void Make(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var files = Directory
                .GetFiles(folder, "*", SearchOption.AllDirectories)
                .Where(f => new FileInfo(f).LinkTarget is null)
                .Where(f =>
                    !NotToBeTouched.Contains(
                        Path.GetRelativePath(folder, f),
                        StringComparer.Ordinal
                    )
                )
                .Order(StringComparer.Ordinal)
                .ToList();
            Change(files[random.Next(files.Count)]);
        }
    }

    private void Change(string file)
    {
        Action<string>[] changes =
        [
            OverwritePage,
            Grow,
            Shrink,
            File.Delete,
            RecreateWithSameSizeAndTime,
            OverwriteAndPutTheTimeBack,
            f => File.SetUnixFileMode(f, UnixFileMode.UserRead),
            f => File.SetLastWriteTimeUtc(f, DateTime.UnixEpoch.AddDays(random.Next(10000))),
            f => File.Copy(f, $"{f}_{++made}"),
            BecomeAFolder,
            BecomeALink,
            HaveAnotherName,
        ];
        var change = changes[random.Next(changes.Length)];
        Made.Add($"{change.Method.Name} {Path.GetRelativePath(folder, file)}");
        change(file);
    }

    private void OverwritePage(string file)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        var pages = Math.Max(1, RandomAccess.GetLength(handle) / Page);
        RandomAccess.Write(handle, RandomBytes(Page), random.NextInt64(pages) * Page);
    }

    private void Grow(string file) => File.AppendAllBytes(file, RandomBytes(random.Next(3 * Page)));

    private void Shrink(string file)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.SetLength(handle, RandomAccess.GetLength(handle) / 2);
    }

    private void RecreateWithSameSizeAndTime(string file)
    {
        var before = new FileInfo(file);
        var (size, time) = (before.Length, before.LastWriteTimeUtc);
        File.Delete(file);
        File.WriteAllBytes(file, RandomBytes((int)size));
        File.SetLastWriteTimeUtc(file, time);
    }

    private void OverwriteAndPutTheTimeBack(string file)
    {
        var time = File.GetLastWriteTimeUtc(file);
        OverwritePage(file);
        File.SetLastWriteTimeUtc(file, time);
    }

    private void BecomeAFolder(string file)
    {
        File.Delete(file);
        Directory.CreateDirectory(file);
        File.WriteAllBytes(Path.Combine(file, "x"), RandomBytes(10));
    }

    private static void BecomeALink(string file)
    {
        File.Delete(file);
        File.CreateSymbolicLink(file, "PG_VERSION");
    }

    // A write through the other name shows in the times of neither tree's listing alone.
    private void HaveAnotherName(string file)
    {
        var other = $"{file}_{++made}";
        using var link = System.Diagnostics.Process.Start("ln", [file, other]);
        link.WaitForExit();
        OverwritePage(other);
    }

    private byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
