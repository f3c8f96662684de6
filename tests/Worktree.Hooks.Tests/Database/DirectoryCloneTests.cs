using System.Diagnostics;
using System.Security.Cryptography;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Database;

public sealed class DirectoryCloneTests : IDisposable
{
    private readonly CloneRepository repository = new(DatabaseType.Directory, "var/data");

    public DirectoryCloneTests()
    {
        Directory.CreateDirectory(Path.Combine(repository.InMain, "sub"));
        Write("a", "first");
        Write("sub/b", "second");
    }

    public void Dispose() => repository.Dispose();

    [Fact]
    public void Content_modes_times_and_owners_are_those_of_main()
    {
        repository.Shell(
            $"chmod 640 '{Main("a")}'; chmod 750 '{Main("sub")}'; touch -d '2001-02-03 04:05:06.123456789' '{Main("sub/b")}' '{Main("sub")}'"
        );
        if (Libc.GetEffectiveUserId() == 0)
        {
            repository.Shell($"chown 1234:2345 '{Main("a")}' '{Main("sub")}'");
        }

        var outcome = repository.CopyMissing();

        Assert.Equal(DatabaseOutcomeKind.Copied, outcome.Kind);
        Assert.Equal(2, outcome.Files);
        Assert.Equal(11, outcome.Bytes);
        foreach (var name in new[] { "", "a", "sub", "sub/b" })
        {
            var format = name.Length == 0 ? "%a %U %G" : "%a %U %G %y %s %F";
            Assert.Equal(
                repository.Shell($"stat -c '{format}' '{Main(name)}'"),
                repository.Shell($"stat -c '{format}' '{Copy(name)}'")
            );
        }
        Assert.Equal("second", File.ReadAllText(Copy("sub/b")));
        Assert.Equal("", repository.Repository.GitIn(repository.Worktree, "status", "--porcelain"));
    }

    [Fact]
    public void Links_inside_stay_inside_and_links_that_lead_out_are_left_out_with_a_warning()
    {
        File.WriteAllText(repository.Repository.Beside("secret"), "secret");
        File.CreateSymbolicLink(Main("plain"), "sub/b");
        File.CreateSymbolicLink(Main("absolute"), Main("a"));
        File.CreateSymbolicLink(Main("sub/roundabout"), "../../data/a");
        File.CreateSymbolicLink(Main("out"), repository.Repository.Beside("secret"));
        File.CreateSymbolicLink(Main("dangling"), "not-there");

        repository.CopyMissing();

        Assert.Equal("sub/b", new FileInfo(Copy("plain")).LinkTarget);
        Assert.Equal("a", new FileInfo(Copy("absolute")).LinkTarget);
        Assert.Equal("../a", new FileInfo(Copy("sub/roundabout")).LinkTarget);
        Assert.Equal("not-there", new FileInfo(Copy("dangling")).LinkTarget);
        Assert.False(Path.Exists(Copy("out")));
        var warning = Assert.Single(repository.Narrator.Warnings);
        Assert.Equal(ErrorCatalogue.LinkLeftOut, warning.Definition);
    }

    [Fact]
    public void Fifos_and_sockets_are_left_out_and_nothing_waits_for_them()
    {
        repository.Shell($"mkfifo '{Main("fifo")}'");
        using var socket = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix,
            System.Net.Sockets.SocketType.Stream,
            System.Net.Sockets.ProtocolType.Unspecified
        );
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(Main("socket")));

        repository.CopyMissing();

        Assert.Equal(
            ["a", "sub"],
            Directory.GetFileSystemEntries(repository.InWorktree).Select(Path.GetFileName).Order()
        );
    }

    [Fact]
    public void Sparse_files_stay_sparse_and_hard_links_become_files()
    {
        repository.Shell(
            $"truncate -s 64M '{Main("sparse")}'; printf end >> '{Main("sparse")}'; ln '{Main("a")}' '{Main("hard")}'"
        );

        repository.CopyMissing();

        repository.Shell($"cmp '{Main("sparse")}' '{Copy("sparse")}'");
        Assert.True(FileStat.TryOf(Copy("sparse"))!.Allocated < 1 << 20);
        Assert.Equal("first", File.ReadAllText(Copy("hard")));
        File.AppendAllText(Copy("hard"), "!");
        Assert.Equal("first", File.ReadAllText(Main("a")));
    }

    [Fact]
    public void A_folder_without_write_permission_can_be_copied_and_replaced()
    {
        repository.Shell($"chmod 555 '{Main("sub")}'");
        repository.CopyMissing();
        Write("a", "changed");

        Assert.Equal(DatabaseOutcomeKind.Copied, repository.Sync().Kind);

        Assert.Equal("changed", File.ReadAllText(Copy("a")));
        Assert.Empty(repository.Neighbours());
        repository.Shell($"chmod 755 '{Main("sub")}' '{Copy("sub")}'");
    }

    [Fact]
    public void A_directory_that_a_program_writes_to_is_refused()
    {
        using var writer = Process.Start(
            new ProcessStartInfo("sh", ["-c", $"exec 9>>'{Main("a")}'; echo open; read x"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            }
        )!;
        Assert.Equal("open", writer.StandardOutput.ReadLine());

        var e = Assert.Throws<WorktreeHooksException>(() => repository.CopyMissing());

        writer.StandardInput.Close();
        writer.WaitForExit();
        Assert.Equal(ErrorCatalogue.DatabaseRunning, e.Diagnostic.Definition);
        Assert.False(Path.Exists(repository.InWorktree));
    }

    [Fact]
    public void An_untouched_copy_of_an_untouched_main_is_left_as_it_is()
    {
        repository.CopyMissing();
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (repository.Sync().Kind != DatabaseOutcomeKind.Unchanged)
        {
            Assert.True(DateTime.UtcNow < deadline);
        }
        var before = FileStat.TryOf(repository.InWorktree);

        Assert.Equal(DatabaseOutcomeKind.Unchanged, repository.Sync().Kind);

        Assert.Equal(before, FileStat.TryOf(repository.InWorktree));
        Assert.False(repository.Info.ChangedSince);
    }

    [Fact]
    public void Changes_of_the_worktree_are_kept_as_the_previous_generation()
    {
        repository.CopyMissing();
        File.WriteAllText(Copy("a"), "mine");

        var outcome = repository.Sync();

        Assert.Equal("first", File.ReadAllText(Copy("a")));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(outcome.KeptPrevious!, "a")));
        Assert.Equal("", repository.Repository.GitIn(repository.Worktree, "status", "--porcelain"));
    }

    [Fact]
    public void A_cancelled_copy_leaves_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => repository.CopyMissing(cancelled.Token));

        Assert.Empty(repository.Neighbours());
        Assert.False(Path.Exists(repository.InWorktree));
    }

    [Fact]
    public async Task Of_two_copies_at_once_the_second_waits_and_sees_it_there()
    {
        File.WriteAllBytes(Main("big"), RandomNumberGenerator.GetBytes(50 << 20));

        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => Task.Run(() => repository.CopyMissing()))
        );

        Assert.Single(outcomes, o => o.Kind == DatabaseOutcomeKind.Copied);
        Assert.Equal(3, outcomes.Count(o => o.Kind == DatabaseOutcomeKind.AlreadyThere));
        repository.Shell($"cmp '{Main("big")}' '{Copy("big")}'");
    }

    [Fact]
    public void Main_itself_and_a_main_without_database_are_no_trouble()
    {
        Directory.Delete(repository.InMain, recursive: true);
        Assert.Equal(DatabaseOutcomeKind.NothingInMain, repository.Sync().Kind);
        Directory.CreateDirectory(repository.InMain);
        Assert.Equal(DatabaseOutcomeKind.NothingInMain, repository.CopyMissing().Kind);
        var main = Worktree.Hooks.Setup.WorktreeSetup.Identify(repository.Repository.Root).Identity;
        var outcome = DatabaseClone.Sync(
            repository.Call(repository.Narrator) with
            {
                Identity = main,
            },
            [repository.Database]
        );
        Assert.Equal(DatabaseOutcomeKind.IsMain, outcome[0].Kind);
        Assert.Empty(repository.Narrator.Warnings);
    }

    [SkippableFact]
    public void A_file_that_may_not_be_read_is_named_with_its_owner()
    {
        Skip.If(Libc.GetEffectiveUserId() != 0, "only root can make another user's files");
        repository.CopyMissing();
        Write("a", "changed");
        repository.Shell(
            $"chmod 600 '{Main("a")}'; chown -R nobody '{repository.Worktree}' '{repository.Repository.Root}/.git'; chown 0 '{Main("a")}'"
        );
        repository.Repository.Write(
            "worktree.json",
            """{ "databases": [{ "type": "directory", "path": "var/data" }] }"""
        );
        var home = repository.Repository.Beside("home");
        repository.Shell($"chmod 755 '{home}'");

        var result = ChildProcess.Run(
            repository.Repository.Environment,
            repository.Worktree,
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            CloneRepository.HostProgram,
            repository.Worktree,
            "sync"
        );

        Assert.Contains(
            $"WTH4001 DatabaseUnreadable: '{Main("a")}' belongs to root (uid 0) with mode 0600, and nobody (uid 65534) may not read it.",
            result.ErrorOutput,
            StringComparison.Ordinal
        );
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("first", File.ReadAllText(Copy("a")));
        Assert.Empty(repository.Neighbours());
    }

    [SkippableTheory]
    [InlineData(
        "ext4",
        "truncate -s 20M \"$1\" && mkfs.ext4 -q \"$1\" && mount -o loop \"$1\" \"$2\""
    )]
    [InlineData("tmpfs", "mount -t tmpfs -o size=8M none \"$2\"")]
    public void A_full_disk_is_told_before_and_leaves_nothing(string name, string mount)
    {
        using var disk = MountedDisk.Try(repository, name, mount);
        Skip.If(disk is null, $"{name} cannot be mounted here");
        File.WriteAllBytes(Main("big"), RandomNumberGenerator.GetBytes(30 << 20));

        var e = Assert.Throws<WorktreeHooksException>(() => repository.CopyMissing());

        Assert.Equal(ErrorCatalogue.DiskFull, e.Diagnostic.Definition);
        Assert.Matches("has [0-9.]+ [KM]B free, and the copy of '.*' needs 31.5 MB", e.Message);
        Assert.Empty(repository.Neighbours());
        Assert.False(Path.Exists(repository.InWorktree));
    }

    [SkippableFact]
    public void A_disk_that_fills_up_during_the_copy_leaves_the_old_database()
    {
        using var disk = MountedDisk.Try(
            repository,
            "inodes",
            "mount -t tmpfs -o size=8M,nr_inodes=12 none \"$2\""
        );
        Skip.If(disk is null, "tmpfs cannot be mounted here");
        repository.CopyMissing();
        for (var i = 0; i < 20; i++)
        {
            Write($"small{i}", "x");
        }

        var e = Assert.Throws<WorktreeHooksException>(() => repository.Sync());

        Assert.Equal(ErrorCatalogue.DiskFull, e.Diagnostic.Definition);
        Assert.Contains("is full: the copy of", e.Message, StringComparison.Ordinal);
        Assert.Equal("first", File.ReadAllText(Copy("a")));
        Assert.Empty(repository.Neighbours());
    }

    [SkippableTheory]
    [InlineData(
        "xfs",
        "truncate -s 400M \"$1\" && mkfs.xfs -q \"$1\" && mount -o loop \"$1\" \"$2\""
    )]
    [InlineData(
        "btrfs",
        "truncate -s 400M \"$1\" && mkfs.btrfs -q \"$1\" && mount -o loop \"$1\" \"$2\""
    )]
    public void Where_the_file_system_can_share_blocks_it_does(string name, string mount)
    {
        using var disk = MountedDisk.Try(repository, name, mount);
        Skip.If(disk is null, $"{name} cannot be made or mounted here");
        var source = Path.Combine(disk!.Path, "main");
        File.WriteAllBytes(Main("big"), RandomNumberGenerator.GetBytes(3 << 20));
        repository.Shell(
            $"cp -a '{repository.InMain}' '{source}' && rm -r '{repository.InMain}' && ln -s '{source}' '{repository.InMain}'"
        );

        Assert.Equal("reflink", repository.CopyMissing().Method);

        repository.Shell($"cmp '{Main("big")}' '{Copy("big")}'");
    }

    [Fact]
    public async Task Twenty_kills_leave_the_old_one_or_the_new_one_and_the_next_copy_clears_up()
    {
        repository.Repository.Write(
            "worktree.json",
            """{ "databases": [{ "type": "directory", "path": "var/data" }] }"""
        );
        for (var i = 0; i < 40; i++)
        {
            File.WriteAllBytes(Main($"f{i}"), RandomNumberGenerator.GetBytes(2 << 20));
        }
        Generation(0);
        repository.CopyMissing();
        for (var kill = 1; kill <= 20; kill++)
        {
            Generation(kill);
            using var process = Process.Start(
                new ProcessStartInfo(CloneRepository.HostProgram, [repository.Worktree, "sync"])
                {
                    RedirectStandardError = true,
                    RedirectStandardOutput = true,
                    UseShellExecute = false,
                }
            )!;
            await Task.Delay(RandomNumberGenerator.GetInt32(50, 500));
            process.Kill();
            await process.WaitForExitAsync();
            AssertWhole(kill);
        }

        repository.Sync();

        AssertWhole(20);
        Assert.Equal("20", File.ReadAllText(Copy("f0.generation")));
        Assert.Empty(repository.Neighbours());
        Assert.Equal("", repository.Repository.GitIn(repository.Worktree, "status", "--porcelain"));
    }

    private void Generation(int number)
    {
        for (var i = 0; i < 40; i++)
        {
            Write($"f{i}.generation", $"{number}");
        }
    }

    // All files of one generation, whichever it is.
    private void AssertWhole(int latest)
    {
        Assert.True(Directory.Exists(repository.InWorktree));
        var seen = Directory
            .GetFiles(repository.InWorktree, "*.generation")
            .Select(File.ReadAllText)
            .ToList();
        Assert.Equal(40, seen.Count);
        Assert.True(
            int.Parse(
                Assert.Single(seen.Distinct()),
                System.Globalization.CultureInfo.InvariantCulture
            ) <= latest
        );
        Assert.Equal(
            82,
            Directory.GetFiles(repository.InWorktree, "*", SearchOption.AllDirectories).Length
        );
    }

    private void Write(string name, string content) => File.WriteAllText(Main(name), content);

    private string Main(string name) => Path.Combine(repository.InMain, name);

    private string Copy(string name) => Path.Combine(repository.InWorktree, name);
}
