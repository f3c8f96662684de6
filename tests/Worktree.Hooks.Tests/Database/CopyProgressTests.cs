using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Database;

public sealed class CopyProgressTests
{
    [Fact]
    public void A_long_copy_tells_bytes_rate_time_left_and_files()
    {
        var progress = new CopyProgress(
            "copying 'x' from main",
            1_000_000_000,
            4_000_000_000,
            12,
            1034,
            TimeSpan.FromSeconds(2)
        );

        Assert.Equal(
            "copying 'x' from main: 1.0 GB of 4.0 GB (25 %), 500.0 MB/s, 6 s left, 12 of 1034 files",
            progress.Text
        );
        Assert.EndsWith(
            ", 500.0 MB/s, 134 min left",
            (progress with { Total = 4_000_000_000_000, Files = 0, TotalFiles = 0 }).Text,
            StringComparison.Ordinal
        );
        Assert.Equal(
            "copying 'x' from main: 1.0 GB, 500.0 MB/s",
            (progress with { Total = 0, TotalFiles = 0 }).Text
        );
    }

    [Fact]
    public void Nothing_is_told_in_the_first_second_and_then_four_times_a_second()
    {
        var clock = new SetClock();
        var narrator = new Listener();
        var meter = new CopyMeter(
            HostEnvironment.Capture() with
            {
                Clock = clock,
            },
            narrator,
            "copying",
            CancellationToken.None
        )
        {
            Total = 3000,
        };

        for (var i = 0; i < 300; i++)
        {
            clock.Milliseconds += 10;
            meter.Add(10);
        }

        Assert.Equal(100, narrator.Seen[0].Done / 10);
        Assert.InRange(narrator.Seen.Count, 8, 10);
    }

    private sealed class Listener : Narrator
    {
        public List<CopyProgress> Seen { get; } = [];

        public override void Say(string line) { }

        public override void Warn(Diagnostic diagnostic) { }

        public override void Progress(CopyProgress progress) => Seen.Add(progress);
    }

    private sealed class SetClock : TimeProvider
    {
        public long Milliseconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Milliseconds;
    }
}
