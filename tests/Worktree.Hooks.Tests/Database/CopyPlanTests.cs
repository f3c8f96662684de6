using Worktree.Hooks.Database;

namespace Worktree.Hooks.Tests.Database;

public class CopyPlanTests
{
    private const long Segment = 16 << 20;

    // REDO lies in the third segment, 0x100 bytes after its start.
    private static readonly ControlData Clean = new(
        State: 1,
        Redo: 0x2000100,
        NextTransaction: 700
    );
    private static readonly ControlData Crashed = Clean with { State = 6 };

    [Theory]
    [InlineData("base/5/1259", false)]
    [InlineData("base/5/pg_internal.init", true)]
    [InlineData("base/5/pg_internal.init.812", true)]
    [InlineData("base/pgsql_tmp/pgsql_tmp812.0", true)]
    [InlineData("postmaster.pid", true)]
    [InlineData("postmaster.opts", true)]
    [InlineData("backup_label", false)]
    [InlineData("backup_label.old", true)]
    [InlineData("pg_replslot", false)]
    [InlineData("pg_replslot/slot/state", true)]
    [InlineData("pg_stat/pgstat.stat", false)]
    [InlineData("pg_stat_tmp/global.stat", true)]
    [InlineData("pg_wal/archive_status/000000010000000000000002.done", true)]
    [InlineData("pg_wal/00000002.history", false)]
    [InlineData("pg_wal/000000010000000000000001", true)]
    [InlineData("pg_wal/000000010000000000000002", false)]
    [InlineData("pg_wal/000000010000000000000003", true)]
    public void Of_a_clean_cluster_what_a_start_rebuilds_is_left_out(string name, bool isLeftOut) =>
        Assert.Equal(isLeftOut, PostgresRules.IsLeftOut(name, Segment, Clean));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_a_crashed_or_unknown_cluster_the_whole_log_is_copied(bool isKnown) =>
        Assert.False(
            PostgresRules.IsLeftOut(
                "pg_wal/000000010000000000000001",
                Segment,
                isKnown ? Crashed : null
            )
        );

    [Fact]
    public void A_checkpoint_at_the_end_of_a_segment_may_reach_into_the_next() =>
        Assert.False(
            PostgresRules.IsLeftOut(
                "pg_wal/000000010000000000000003",
                Segment,
                Clean with
                {
                    Redo = 0x2ffff80,
                }
            )
        );

    [Theory]
    [InlineData("pg_wal", true)]
    [InlineData("pg_tblspc/16385", true)]
    [InlineData("pg_tblspc/x", false)]
    [InlineData("log", false)]
    [InlineData("base/pg_wal", false)]
    public void Only_the_clusters_own_links_are_followed(string name, bool isFollowed) =>
        Assert.Equal(isFollowed, PostgresRules.IsFollowed(name));

    [Fact]
    public void A_control_file_of_an_unknown_version_is_not_guessed_at()
    {
        Assert.Null(ControlData.TryParse(new byte[8192]));
        Assert.Null(ControlData.TryParse([1, 2, 3]));
    }
}
