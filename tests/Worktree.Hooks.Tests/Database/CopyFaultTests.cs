using System.Diagnostics;
using System.Security.Cryptography;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Database;

/// <summary>What the system may do to a copy half-way: the worktree has its old database, and nothing is left beside it.</summary>
public sealed class CopyFaultTests : IDisposable
{
    private const int Interrupted = 130;

    private readonly CloneRepository repository = new(DatabaseType.Directory, "var/data");

    public CopyFaultTests()
    {
        Directory.CreateDirectory(repository.InMain);
        File.WriteAllText(Main("a"), "first");
        repository.CopyMissing();
    }

    public void Dispose() => repository.Dispose();

    [SkippableFact]
    public void A_disk_that_fails_under_main_is_told_and_the_old_database_stays()
    {
        var disk = repository.Repository.Beside("disk");
        var image = repository.Repository.Beside("disk.img");
        Skip.IfNot(
            Tries(
                $"truncate -s 64M '{image}' && mkfs.ext4 -q '{image}' && mkdir '{disk}' && mount -o loop '{image}' '{disk}'"
            ),
            "no loop device can be mounted here"
        );
        try
        {
            repository.Shell(
                $"cp -a '{repository.InMain}' '{disk}/data' && rm -r '{repository.InMain}' && ln -s '{disk}/data' '{repository.InMain}'"
            );
            File.WriteAllBytes(Main("b"), RandomNumberGenerator.GetBytes(30 << 20));
            // Read through to what lies under it, and that is gone.
            Skip.IfNot(
                Tries(
                    $"losetup --direct-io=on \"$(losetup --noheadings --output NAME --associated '{image}')\" && sync "
                        + $"&& dd of='{Main("b")}' oflag=nocache conv=notrunc,fdatasync count=0 status=none && truncate -s 16M '{image}'"
                ),
                "a loop device here cannot read past its page cache"
            );

            var e = Assert.Throws<WorktreeHooksException>(() => repository.Sync());

            Assert.Equal(ErrorCatalogue.CopyFailed, e.Diagnostic.Definition);
            Assert.Contains("Input/output error", e.Message, StringComparison.Ordinal);
            AssertOldAlone();
        }
        finally
        {
            repository.Shell($"umount '{disk}' || umount --lazy '{disk}'");
        }
    }

    [SkippableFact]
    public void A_permission_that_is_lost_half_way_is_told_and_the_old_database_stays()
    {
        var parent = Path.GetDirectoryName(repository.InWorktree)!;
        Skip.IfNot(
            Tries($"chattr +i '{parent}' && chattr -i '{parent}'"),
            "only root can take a permission from itself, and only where the file system has attributes"
        );
        File.WriteAllText(Main("b"), "second");
        File.CreateSymbolicLink(Main("out"), repository.Repository.Root);
        try
        {
            var e = Assert.Throws<WorktreeHooksException>(() =>
                DatabaseClone.Sync(
                    repository.Call(
                        new ActingNarrator(() => repository.Shell($"chattr +i '{parent}'"))
                    ),
                    [repository.Database]
                )
            );
            Assert.Equal(ErrorCatalogue.CopyFailed, e.Diagnostic.Definition);
            Assert.Contains($"'{parent}", e.Message, StringComparison.Ordinal);
        }
        finally
        {
            repository.Shell($"chattr -i '{parent}'");
        }
        AssertOldAlone();
        Assert.Equal(DatabaseOutcomeKind.Copied, repository.Sync().Kind);
        Assert.Equal("second", File.ReadAllText(Path.Combine(repository.InWorktree, "b")));
    }

    [SkippableFact]
    public void Ctrl_C_ends_a_sync_and_the_old_database_stays()
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no SIGINT");
        repository.Repository.Write(
            "worktree.json",
            """{ "databases": [{ "type": "directory", "path": "var/data" }] }"""
        );
        for (var i = 0; i < 60; i++)
        {
            File.WriteAllBytes(
                Main($"big{i}"),
                new byte[8 << 20]
                    .Select((_, at) => (byte)at)
                    .ToArray()
            );
        }
        for (var attempt = 0; attempt < 20; attempt++)
        {
            if (IsInterrupted())
            {
                AssertOldAlone();
                return;
            }
            // It was too fast: the copy is there, and another one is to be made.
            repository.Shell(
                $"rm -rf '{repository.InWorktree}' && mkdir '{repository.InWorktree}'"
            );
            File.WriteAllText(Path.Combine(repository.InWorktree, "a"), "first");
        }
        Assert.Fail("the copy was never met while it was made");
    }

    private bool IsInterrupted()
    {
        // Whoever runs the tests in the background ignores the signal, and so would the child.
        var start = new ProcessStartInfo(
            "env",
            ["--default-signal=INT", RunnerProgram.Path, "db", "sync"]
        )
        {
            WorkingDirectory = repository.Worktree,
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in repository.Repository.Environment.Variables)
        {
            start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        while (!Directory.Exists(repository.Place.Temporary) && !process.HasExited) { }
        Tries($"kill -INT {process.Id}");
        var words = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode is 0 or Interrupted, $"{process.ExitCode}: {words}");
        return process.ExitCode == Interrupted
            && words.Contains("cancelled", StringComparison.Ordinal);
    }

    private void AssertOldAlone()
    {
        Assert.Equal("first", File.ReadAllText(Path.Combine(repository.InWorktree, "a")));
        Assert.Single(Directory.EnumerateFileSystemEntries(repository.InWorktree));
        Assert.Empty(repository.Neighbours());
    }

    private string Main(string name) => Path.Combine(repository.InMain, name);

    private bool Tries(string command) =>
        ChildProcess
            .Run(
                repository.Repository.Environment,
                repository.Repository.Outside,
                "sh",
                "-c",
                command
            )
            .ExitCode == 0;
}
