namespace Worktree.Hooks.EndToEnd.Tests;

/// <summary>The commands <c>dotnet msbuild -t:NAME</c>, in worktrees that were never restored.</summary>
[Collection(nameof(RepositoryClone))]
public sealed class CommandTests(RepositoryClone clone)
{
    [Theory]
    [InlineData("")]
    [InlineData("src/Worktree.Hooks.Tasks")]
    [InlineData("tests/Worktree.Hooks.Tests")]
    [InlineData("few/three")]
    public void A_command_works_from_the_root_and_from_a_project_of_a_fresh_worktree(string folder)
    {
        var root = clone.AddWorktree();

        var allocation = clone
            .MSBuild(Path.Combine(root, folder), "-t:AllocateWorktree;WorktreePorts")
            .Succeeded();

        Assert.Single(allocation.Lines($"worktree-hooks: {Path.GetFileName(root)} of "));
        Assert.Single(allocation.Lines($"{Path.GetFileName(root)} *"));
        Assert.True(File.Exists(Path.Combine(root, ".env.local")));
        Assert.False(Directory.Exists(Path.Combine(root, "few", "three", "obj")));
    }

    [Theory]
    [InlineData("-m:3")]
    [InlineData("-graph")]
    [InlineData("-restore")]
    public void A_command_runs_once(string option)
    {
        var root = clone.AddWorktree();

        var ports = clone
            .MSBuild(Path.Combine(root, "few"), option, "-t:WorktreePorts")
            .Succeeded();

        Assert.Single(ports.Lines("main "));
    }

    [Fact]
    public void A_stack_is_started_and_stopped_in_a_worktree_that_was_never_restored()
    {
        var root = clone.AddWorktree();
        var project = Path.Combine(root, "src", "Webserver");
        try
        {
            var start = clone.MSBuild(project, "-t:StartStack").Succeeded();
            Assert.Single(start.Lines("app is ready"));
            Assert.Single(clone.MSBuild(root, "-t:StackStatus").Lines("app running"));
        }
        finally
        {
            clone.MSBuild(project, "-t:StopStack").Succeeded();
        }
        Assert.Empty(clone.MSBuild(root, "-t:StackStatus").Lines("app running"));
    }

    [Fact]
    public void A_wish_that_is_no_truth_value_is_refused()
    {
        var refused = clone.MSBuild(clone.Root, "-t:StartStack", "-p:KeepDb=perhaps").Failed();

        Assert.NotEmpty(refused.Lines("perhaps"));
    }
}
