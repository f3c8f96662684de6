using Worktree.Hooks.Git;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests;

public class SmokeTests
{
    [Fact]
    public void A_sibling_worktree_is_linked_and_named_as_git_names_it()
    {
        using var repository = new TestRepository();
        var root = repository.AddWorktree("feature-x");

        var checkout = CheckoutLocator.Locate(root);
        var identity = WorktreeIdentity.Of(checkout, projectSetting: null, mainSetting: null);

        Assert.True(checkout.IsLinked);
        Assert.Equal("feature-x", identity.Name);
        Assert.Equal("webserver_feature-x", identity.ProjectName);
        Assert.Equal(repository.Root, identity.MainRoot);
    }
}
