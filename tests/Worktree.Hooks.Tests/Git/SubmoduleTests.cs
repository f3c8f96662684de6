using Worktree.Hooks.Git;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Git;

/// <summary>A submodule follows the checkout that encloses it; a nested clone does not.</summary>
public sealed class SubmoduleTests : IDisposable
{
    private readonly TestRepository repository = new();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void A_submodule_answers_with_the_checkout_around_it()
    {
        AddSubmodule(repository.Root, "libs/größe x");

        var inside = CheckoutLocator.Locate(Path.Combine(repository.Root, "libs", "größe x"));

        Assert.Equal(CheckoutLocator.Locate(repository.Root), inside);
    }

    [Fact]
    public void A_submodule_of_a_worktree_answers_with_that_worktree()
    {
        AddSubmodule(repository.Root, "libs/inner");
        var root = repository.AddWorktree("feature-x");
        repository.GitIn(root, "submodule", "--quiet", "update", "--init");

        var inside = CheckoutLocator.Locate(Path.Combine(root, "libs", "inner"));

        Assert.Equal(CheckoutLocator.Locate(root), inside);
        Assert.Equal("feature-x", inside.LinkedName);
    }

    [Fact]
    public void A_submodule_of_a_worktree_inside_main_answers_with_that_worktree()
    {
        AddSubmodule(repository.Root, "libs/inner");
        var root = Path.Combine(repository.Root, ".worktree", "feature-x");
        repository.Git("worktree", "add", "--quiet", root);
        repository.GitIn(root, "submodule", "--quiet", "update", "--init");

        Assert.Equal(
            CheckoutLocator.Locate(root),
            CheckoutLocator.Locate(Path.Combine(root, "libs", "inner"))
        );
    }

    [Fact]
    public void A_nested_submodule_answers_with_the_outermost_checkout()
    {
        var middle = NewRepository("middle");
        AddSubmodule(middle, "deep");
        repository.Git("submodule", "--quiet", "add", middle, "middle");
        repository.Git("commit", "--quiet", "-m", "submodule");
        repository.Git("submodule", "--quiet", "update", "--init", "--recursive");

        Assert.Equal(
            CheckoutLocator.Locate(repository.Root),
            CheckoutLocator.Locate(Path.Combine(repository.Root, "middle", "deep"))
        );
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("with # and \"quotes\"")]
    public void A_submodule_with_a_git_folder_of_its_own_is_one_too(string path)
    {
        repository.Git("clone", "--quiet", NewRepository("inner"), path);
        repository.Git("submodule", "--quiet", "add", "./" + path);
        Assert.True(Directory.Exists(Path.Combine(repository.Root, path, ".git")));

        Assert.Equal(
            CheckoutLocator.Locate(repository.Root),
            CheckoutLocator.Locate(Path.Combine(repository.Root, path))
        );
    }

    [Fact]
    public void A_nested_clone_that_is_no_submodule_is_its_own_main()
    {
        AddSubmodule(repository.Root, "libs/inner");
        repository.Git("clone", "--quiet", repository.Root, "vendor/tool");

        var inside = CheckoutLocator.Locate(Path.Combine(repository.Root, "vendor", "tool"));

        Assert.Equal(Path.Combine(repository.Root, "vendor", "tool"), inside.Root);
        Assert.True(WorktreeIdentity.Of(inside, null, null).IsMain);
    }

    [Fact]
    public void A_linked_worktree_of_a_submodule_is_a_worktree_of_its_own()
    {
        AddSubmodule(repository.Root, "libs/inner");
        var submodule = Path.Combine(repository.Root, "libs", "inner");
        repository.GitIn(submodule, "worktree", "add", "--quiet", repository.Beside("inner-x"));

        var identity = WorktreeIdentity.Of(
            CheckoutLocator.Locate(repository.Beside("inner-x")),
            null,
            null
        );

        Assert.False(identity.IsMain);
        Assert.Equal("inner_inner-x", identity.ProjectName);
        Assert.Null(identity.MainRoot);
    }

    [Fact]
    public void What_is_broken_further_up_does_not_concern_a_clone()
    {
        var clone = repository.Beside("broken", "clone");
        repository.Git("clone", "--quiet", repository.Root, clone);
        File.WriteAllText(repository.Beside("broken", ".git"), "gitdir: /nowhere\n");

        Assert.Equal(clone, CheckoutLocator.Locate(clone).Root);
    }

    private string NewRepository(string name)
    {
        var root = repository.Beside("sources", name);
        repository.Git("clone", "--quiet", repository.Root, root);
        return root;
    }

    private void AddSubmodule(string root, string path)
    {
        repository.GitIn(root, "submodule", "--quiet", "add", NewRepository("inner"), path);
        repository.GitIn(root, "commit", "--quiet", "-m", "submodule");
    }
}
