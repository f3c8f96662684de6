using Worktree.Hooks.Configuration;
using Worktree.Hooks.Ports;

namespace Worktree.Hooks.Tests.Ports;

public class PortPlannerTests
{
    private static readonly PortRange AppPorts = new(5002, 5100);

    [Theory]
    [InlineData("webserver_feature-x", 99, 71)]
    [InlineData("webserver_feature-x", 1, 0)]
    public void The_offset_of_a_name_is_the_same_for_ever(string name, int count, int offset) =>
        Assert.Equal(offset, StableHash.Offset(name, count));

    [Fact]
    public void The_hash_of_the_name_chooses_a_free_port() => Assert.Equal(5073, Choose());

    [Fact]
    public void A_port_that_the_worktree_had_comes_first_and_is_not_probed() =>
        Assert.Equal(5010, Choose(own: [5010], isFree: _ => false));

    [Fact]
    public void A_former_port_outside_the_range_is_given_up() =>
        Assert.Equal(5073, Choose(own: [6000]));

    [Fact]
    public void A_former_port_that_is_somebody_elses_is_given_up() =>
        Assert.Equal(5073, Choose(own: [5010], isOthers: p => p == 5010));

    [Fact]
    public void A_taken_port_gives_way_to_the_next_one() =>
        Assert.Equal(5074, Choose(isOthers: p => p == 5073));

    [Fact]
    public void A_port_that_a_program_holds_gives_way_to_the_next_one() =>
        Assert.Equal(5075, Choose(isFree: p => p is not 5073 and not 5074));

    [Fact]
    public void The_search_wraps_round_the_end_of_the_range() =>
        Assert.Equal(5002, Choose(isOthers: p => p is >= 5073 and <= 5100));

    [Fact]
    public void A_used_up_range_gives_nothing() => Assert.Null(Choose(isOthers: _ => true));

    [Fact]
    public void Ports_that_browsers_refuse_come_last()
    {
        var candidates = PortPlanner.Candidates(AppPorts, "webserver_feature-x").ToList();

        Assert.Equal(99, candidates.Distinct().Count());
        Assert.Equal([5060, 5061], candidates[^2..].Order());
        Assert.Equal(5060, Choose(isOthers: p => p is not 5060 and not 5061));
    }

    private static int? Choose(
        int[]? own = null,
        Func<int, bool>? isOthers = null,
        Func<int, bool>? isFree = null
    ) =>
        PortPlanner.Choose(
            AppPorts,
            "webserver_feature-x",
            own ?? [],
            isOthers ?? (_ => false),
            isFree ?? (_ => true)
        );
}
