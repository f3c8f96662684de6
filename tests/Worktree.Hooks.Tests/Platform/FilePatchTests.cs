using System.Security.Cryptography;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Platform;

/// <summary>Files that are larger than what is compared at a time.</summary>
public sealed class FilePatchTests : IDisposable
{
    private const int Block = 8 << 10;
    private const int Range = 8 << 20;
    private const int Size = (2 * Range) + (3 * Block) + 5;

    private readonly string folder = Directory
        .CreateTempSubdirectory("worktree-hooks-patch")
        .FullName;

    private string Source => Path.Combine(folder, "source");

    private string Copy => Path.Combine(folder, "copy");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void Only_the_blocks_that_differ_are_written_on_both_sides_of_a_boundary()
    {
        Skip.If(OperatingSystem.IsWindows(), "files are patched on Unix alone");
        var content = RandomNumberGenerator.GetBytes(Size);
        File.WriteAllBytes(Copy, content);
        foreach (var at in new[] { 0, 1, Range - 1, Range, (2 * Range) + Block, Size - 1 })
        {
            content[at] ^= 1;
        }
        File.WriteAllBytes(Source, content);
        var told = 0L;

        Assert.Equal((4 * Block) + 5, Patch(bytes => Interlocked.Add(ref told, bytes)));

        Assert.Equal(Size, told);
        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(Copy)));
    }

    [SkippableTheory]
    [InlineData(Range + 7)]
    [InlineData(3 * Range)]
    public void A_copy_that_is_shorter_or_longer_becomes_the_sources_size(int size)
    {
        Skip.If(OperatingSystem.IsWindows(), "files are patched on Unix alone");
        var content = RandomNumberGenerator.GetBytes(Size);
        // Nothing but zeros is a block too, also where the copy has nothing at all.
        content.AsSpan(Range + Block, 4 * Block).Clear();
        File.WriteAllBytes(Source, content);
        File.WriteAllBytes(Copy, RandomNumberGenerator.GetBytes(size));

        Patch(_ => { });

        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(Copy)));
    }

    [SkippableFact]
    public void Whoever_is_told_may_stop_it()
    {
        Skip.If(OperatingSystem.IsWindows(), "files are patched on Unix alone");
        File.WriteAllBytes(Source, RandomNumberGenerator.GetBytes(Size));
        File.WriteAllBytes(Copy, RandomNumberGenerator.GetBytes(Size));

        Assert.Throws<OperationCanceledException>(() =>
            Patch(_ => throw new OperationCanceledException())
        );
    }

    private long Patch(Action<long> done) =>
        OperatingSystem.IsWindows()
            ? 0
            : FilePatch.Apply(Source, FileStat.TryOf(Source)!, Copy, FileStat.TryOf(Copy)!, done);
}
