using CsCheck;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tests.Init;

public class InitRangeTests
{
    [Fact]
    public void Whatever_ports_main_has_the_ranges_are_ones_that_the_reader_takes() =>
        Gen.Int[1, 65535]
            .HashSet[1, 40]
            .Sample(mains =>
            {
                var ports = mains
                    .Select((main, i) => new FoundPort($"P{i}_PORT", main, "test"))
                    .ToList();

                var chosen = InitRanges.Choose(ports);

                var lines = chosen.Select(v =>
                    $"\"{v.Name}\": {{ \"main\": {v.Main}, \"range\": \"{v.Range}\" }}"
                );
                var json = $"{{ \"ports\": {{ {string.Join(", ", lines)} }} }}";
                var read = ConfigurationReader.Read(
                    "worktree.json",
                    System.Text.Encoding.UTF8.GetBytes(json)
                );
                Assert.Equal(chosen, read.Ports);
                Assert.All(chosen, v => Assert.True(v.Range is { Count: 99, First: >= 1024 }));
            });

    [Theory]
    [InlineData(443, 4431)]
    [InlineData(5432, 5433)]
    [InlineData(80, 8081)]
    [InlineData(7123, 7124)]
    [InlineData(50000, 1024)]
    public void The_range_is_near_mains_port(int main, int first) =>
        Assert.Equal(
            first,
            Assert.Single(InitRanges.Choose([new FoundPort("A_PORT", main, "test")])).Range.First
        );
}
