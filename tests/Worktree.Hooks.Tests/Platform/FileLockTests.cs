using System.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Platform;

/// <summary>The lock against another process: util-linux's <c>flock</c> takes the same <c>flock(2)</c>.</summary>
public sealed class FileLockTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string File => folder.At("sub", "lock");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void It_is_made_with_its_folder_and_stays_when_it_is_freed()
    {
        FileLock.Acquire(File).Dispose();

        Assert.True(System.IO.File.Exists(File));
    }

    [Fact]
    public void Two_holders_in_one_process_exclude_each_other()
    {
        using (FileLock.Acquire(File))
        {
            Assert.Null(FileLock.TryAcquire(File));
        }
        // Blocking: a process that another test forks holds our descriptor for the moment until it runs its program.
        using var second = FileLock.Acquire(File);
    }

    [SkippableFact]
    public async Task Another_process_that_holds_it_is_seen_and_its_death_frees_it()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs the flock command of util-linux");
        FileLock.Acquire(File).Dispose();
        using var holder = Process.Start(
            new ProcessStartInfo(
                "flock",
                ["--exclusive", "--no-fork", File, "sh", "-c", "echo held; read line"]
            )
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        Assert.Equal("held", await holder.StandardOutput.ReadLineAsync());
        Assert.Null(FileLock.TryAcquire(File));

        var waiting = Task.Run(() => FileLock.Acquire(File));
        Assert.False(waiting.IsCompleted);
        holder.Kill(); // SIGKILL
        await holder.WaitForExitAsync();

        (await waiting.WaitAsync(TimeSpan.FromSeconds(30))).Dispose();
    }

    [Fact]
    public void Many_threads_take_turns()
    {
        var inside = 0;
        var most = 0;
        var total = 0;
        Parallel.For(
            0,
            200,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            _ =>
            {
                using var held = FileLock.Acquire(File);
                most = Math.Max(most, ++inside);
                total++;
                inside--;
            }
        );

        Assert.Equal(1, most);
        Assert.Equal(200, total);
    }
}
