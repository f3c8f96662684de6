using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Platform;

public sealed class RealPathTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Dots_and_a_trailing_separator_go_and_what_does_not_exist_stays()
    {
        Assert.Equal(folder.At("a", "c"), RealPath.Of(folder.At("a", "b", "..", ".", "c") + "/"));
        Assert.Equal("/", RealPath.Of("/"));
    }

    [Fact]
    public void A_link_in_the_middle_is_resolved()
    {
        Directory.CreateDirectory(folder.At("real", "inner"));
        Directory.CreateSymbolicLink(folder.At("link"), "real");

        Assert.Equal(folder.At("real", "inner"), RealPath.Of(folder.At("link", "inner")));
    }

    [Fact]
    public void A_target_that_goes_up_from_behind_another_link_is_what_the_system_says()
    {
        Directory.CreateDirectory(folder.At("deep", "er"));
        Directory.CreateDirectory(folder.At("deep", "target"));
        Directory.CreateSymbolicLink(folder.At("jump"), folder.At("deep", "er"));
        Directory.CreateSymbolicLink(folder.At("link"), "jump/../target");

        Assert.Equal(folder.At("deep", "target"), RealPath.Of(folder.At("link")));
    }

    [Fact]
    public void A_chain_of_links_through_links_is_what_the_system_says()
    {
        Directory.CreateDirectory(folder.At("deep", "er"));
        Directory.CreateDirectory(folder.At("deep", "target"));
        Directory.CreateSymbolicLink(folder.At("jump"), folder.At("deep", "er"));
        Directory.CreateSymbolicLink(folder.At("deep", "er", "second"), "../target");
        Directory.CreateSymbolicLink(folder.At("first"), "jump/second");

        Assert.Equal(folder.At("deep", "target"), RealPath.Of(folder.At("first")));
    }

    [Fact]
    public void A_circle_of_links_ends()
    {
        Directory.CreateSymbolicLink(folder.At("a"), "b");
        Directory.CreateSymbolicLink(folder.At("b"), "a/x");

        Assert.StartsWith(folder.Path, RealPath.Of(folder.At("a", "y")), StringComparison.Ordinal);
    }
}
