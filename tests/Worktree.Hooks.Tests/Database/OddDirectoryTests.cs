using System.Security.Cryptography;
using System.Text;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Database;

/// <summary>Directories that change while they are copied, lie on odd file systems, or hold what no program should make.</summary>
public sealed class OddDirectoryTests : IDisposable
{
    private readonly CloneRepository repository = new(DatabaseType.Directory, "var/data");

    public OddDirectoryTests()
    {
        Directory.CreateDirectory(repository.InMain);
        File.WriteAllText(Main("a"), "first");
    }

    public void Dispose() => repository.Dispose();

    [SkippableFact]
    public void A_name_that_is_no_text_is_refused_and_nothing_is_lost_silently()
    {
        Skip.If(!OperatingSystem.IsLinux(), "other systems' names are text");
        repository.CopyMissing();
        repository.Shell($"cd '{repository.InMain}' && touch \"$(printf 'caf\\351')\"");

        var e = Assert.Throws<WorktreeHooksException>(() => repository.Sync());

        repository.Shell($"rm '{repository.InMain}'/caf*");
        Assert.Equal(ErrorCatalogue.NameNotText, e.Diagnostic.Definition);
        Assert.Contains($"'{repository.InMain}/caf", e.Message, StringComparison.Ordinal);
        Assert.Equal("first", File.ReadAllText(Copy("a")));
    }

    [Fact]
    public void A_name_in_any_script_is_copied()
    {
        File.WriteAllText(Main("žluťoučký 数据 \uFFFD 'x' \\ \n"), "x");

        repository.CopyMissing();

        Assert.True(File.Exists(Copy("žluťoučký 数据 \uFFFD 'x' \\ \n")));
    }

    [Theory]
    [InlineData("rm b")]
    [InlineData("echo more >> b")]
    [InlineData("echo new > c")]
    [InlineData("mv b c && cp c b")]
    public void A_stopped_database_that_changes_during_the_copy_is_refused_and_the_old_one_stays(
        string change
    )
    {
        repository.CopyMissing();
        File.WriteAllText(Main("b"), "second");
        File.CreateSymbolicLink(Main("out"), repository.Repository.Root);

        var e = Assert.Throws<WorktreeHooksException>(() =>
            Sync(
                new ActingNarrator(() => repository.Shell($"cd '{repository.InMain}' && {change}"))
            )
        );

        Assert.Equal(ErrorCatalogue.DatabaseRunning, e.Diagnostic.Definition);
        Assert.Contains("changed while", e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Copy("b")));
        Assert.Empty(repository.Neighbours());
    }

    [Fact]
    public void A_copy_that_is_cancelled_half_way_leaves_the_old_one()
    {
        repository.CopyMissing();
        File.WriteAllText(Main("b"), "second");
        File.CreateSymbolicLink(Main("out"), repository.Repository.Root);
        using var cancel = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(() =>
            DatabaseClone.Sync(
                repository.Call(new ActingNarrator(cancel.Cancel), cancel.Token),
                [repository.Database]
            )
        );

        Assert.Equal("first", File.ReadAllText(Copy("a")));
        Assert.False(File.Exists(Copy("b")));
        Assert.Empty(repository.Neighbours());
    }

    [SkippableFact]
    public void A_worktree_in_memory_gets_its_copy_from_a_disk()
    {
        using var disk = MountedDisk.Try(
            repository,
            "tmpfs",
            "mount -t tmpfs -o size=64M none \"$2\""
        );
        Skip.If(disk is null, "tmpfs cannot be mounted here");

        Assert.Equal("copy", repository.CopyMissing().Method);
        File.WriteAllText(Copy("a"), "mine");
        File.WriteAllText(Main("a"), "second");
        Assert.NotNull(repository.Sync().KeptPrevious);

        Assert.Equal("second", File.ReadAllText(Copy("a")));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(repository.Place.Previous, "a")));
    }

    [SkippableFact]
    public void A_target_that_is_a_mount_point_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(repository.InWorktree);
        Skip.If(
            ChildProcess
                .Run(
                    repository.Repository.Environment,
                    repository.Repository.Outside,
                    "mount",
                    "-t",
                    "tmpfs",
                    "none",
                    repository.InWorktree
                )
                .ExitCode != 0,
            "tmpfs cannot be mounted here"
        );
        try
        {
            File.WriteAllText(Copy("mine"), "mine");

            var e = Assert.Throws<WorktreeHooksException>(() => repository.Sync());

            Assert.Equal(ErrorCatalogue.CopyFailed, e.Diagnostic.Definition);
            Assert.Contains(repository.InWorktree, e.Message, StringComparison.Ordinal);
            Assert.Equal("mine", File.ReadAllText(Copy("mine")));
            Assert.Empty(repository.Neighbours());
        }
        finally
        {
            repository.Shell($"umount '{repository.InWorktree}'");
        }
    }

    // A failing disk: btrfs knows the checksum of what we overwrite beneath it.
    [SkippableFact]
    public void A_disk_that_cannot_read_is_told_and_the_old_database_stays()
    {
        repository.CopyMissing();
        var image = repository.Repository.Beside("failing.img");
        var folder = repository.Repository.Beside("failing");
        var marker = RandomNumberGenerator.GetHexString(64);
        var content = string.Concat(Enumerable.Repeat(marker, 4096));
        Directory.CreateDirectory(folder);
        var made = ChildProcess.Run(
            repository.Repository.Environment,
            repository.Repository.Outside,
            "sh",
            "-c",
            $"truncate -s 200M '{image}' && mkfs.btrfs -q -m single '{image}' && mount -o loop '{image}' '{folder}'"
        );
        Skip.If(made.ExitCode != 0, "btrfs cannot be made or mounted here");
        File.WriteAllText(Path.Combine(folder, "b"), content);
        repository.Shell($"umount '{folder}'");
        Overwrite(image, marker);
        repository.Shell(
            $"mount -o loop '{image}' '{folder}' && rm -r '{repository.InMain}' && ln -s '{folder}' '{repository.InMain}'"
        );
        try
        {
            var e = Assert.Throws<WorktreeHooksException>(() => repository.Sync());

            Assert.Equal(ErrorCatalogue.CopyFailed, e.Diagnostic.Definition);
            Assert.Contains("Input/output error", e.Message, StringComparison.Ordinal);
            Assert.Equal("first", File.ReadAllText(Copy("a")));
            Assert.Empty(repository.Neighbours());
        }
        finally
        {
            repository.Shell($"umount '{folder}'");
        }
    }

    [SkippableFact]
    public void What_is_shared_with_main_is_not_counted_as_the_copys_own()
    {
        using var disk = MountedDisk.Try(
            repository,
            "xfs",
            "truncate -s 400M \"$1\" && mkfs.xfs -q \"$1\" && mount -o loop \"$1\" \"$2\""
        );
        Skip.If(disk is null, "xfs cannot be made or mounted here");
        var source = Path.Combine(disk!.Path, "main");
        File.WriteAllBytes(Main("big"), RandomNumberGenerator.GetBytes(3 << 20));
        repository.Shell(
            $"cp -a '{repository.InMain}' '{source}' && rm -r '{repository.InMain}' && ln -s '{source}' '{repository.InMain}'"
        );
        repository.CopyMissing();
        repository.Shell("sync");
        Assert.InRange(Full().UniqueBytes!.Value, 0, 64 << 10);

        File.WriteAllBytes(Copy("own"), RandomNumberGenerator.GetBytes(1 << 20));
        Assert.InRange(Full().UniqueBytes!.Value, 1 << 20, (1 << 20) + (64 << 10));
        repository.Sync();

        var full = Full();
        Assert.Equal(repository.Place.Previous, full.PreviousGeneration!.FullPath);
        Assert.InRange(full.PreviousGeneration.UniqueBytes!.Value, 1 << 20, (1 << 20) + (64 << 10));
        Assert.InRange(
            DateTimeOffset.UtcNow - full.PreviousGeneration.ReplacedAt,
            TimeSpan.FromSeconds(-2),
            TimeSpan.FromMinutes(5)
        );
    }

    [Fact]
    public void Where_nothing_is_shared_all_of_it_is_the_copys_own()
    {
        repository.CopyMissing();

        Assert.Equal(FileStat.TryOf(Copy("a"))!.Allocated, Full().UniqueBytes);
        Assert.Null(Full().PreviousGeneration);
    }

    private DatabaseInfo Full() =>
        DatabaseClone.DescribeInFull(
            repository.Call(new RecordingNarrator()),
            [repository.Database]
        )[0];

    private void Sync(Narrator narrator) =>
        DatabaseClone.Sync(repository.Call(narrator), [repository.Database]);

    private static void Overwrite(string image, string marker)
    {
        using var file = File.OpenHandle(image, FileMode.Open, FileAccess.ReadWrite);
        var block = new byte[1 << 20];
        for (var at = 0L; at < RandomAccess.GetLength(file); at += block.Length)
        {
            var read = RandomAccess.Read(file, block, at);
            if (
                block.AsSpan(0, read).IndexOf(Encoding.ASCII.GetBytes(marker)) is >= 0 and var found
            )
            {
                RandomAccess.Write(file, "damaged"u8, at + found);
            }
        }
    }

    private string Main(string name) => Path.Combine(repository.InMain, name);

    private string Copy(string name) => Path.Combine(repository.InWorktree, name);
}
