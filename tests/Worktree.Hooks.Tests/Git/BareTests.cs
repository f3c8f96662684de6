using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Git;

/// <summary>Bare repositories with linked worktrees: which of these is main.</summary>
public sealed class BareTests : IDisposable
{
    private readonly TestRepository repository = new("source");

    public void Dispose() => repository.Dispose();

    [Fact]
    public void Main_is_the_worktree_on_the_branch_of_the_bare_head()
    {
        var (main, feature) = Bare("webserver.git");

        Assert.True(Identity(main).IsMain);
        Assert.Equal("webserver", Identity(main).ProjectName);
        Assert.False(Identity(feature).IsMain);
        Assert.Equal(main, Identity(feature).MainRoot);
        Assert.Equal("webserver_feature-x", Identity(feature).ProjectName);
    }

    [Fact]
    public void A_dot_bare_folder_is_named_like_the_folder_around_it()
    {
        var (main, feature) = Bare("webserver/.bare");
        File.WriteAllText(repository.Beside("webserver", ".git"), "gitdir: ./.bare\n");

        Assert.True(Identity(main).IsMain);
        Assert.Equal("webserver", Identity(main).ProjectName);
        Assert.Equal("webserver_feature-x", Identity(feature).ProjectName);
    }

    [Fact]
    public void Main_stays_main_when_git_moves_core_bare_to_another_file()
    {
        var (main, feature) = Bare("webserver/.bare");
        repository.GitIn(feature, "sparse-checkout", "set", "docs");
        Assert.DoesNotContain(
            "bare",
            File.ReadAllText(repository.Beside("webserver", ".bare", "config")),
            StringComparison.Ordinal
        );

        Assert.True(Identity(main).IsMain);
        Assert.Equal(main, Identity(feature).MainRoot);
    }

    [Fact]
    public void Main_stays_main_during_a_rebase_and_a_bisect()
    {
        var (main, _) = Bare("webserver.git");
        repository.GitIn(main, "commit", "--quiet", "--allow-empty", "-m", "second");
        repository.GitIn(main, "bisect", "start");
        repository.GitIn(main, "checkout", "--quiet", "--detach");
        Assert.Null(CheckoutLocator.Locate(main).Branch);
        Assert.True(Identity(main).IsMain);

        repository.GitIn(main, "bisect", "reset");
        repository.GitIn(
            main,
            "-c",
            "sequence.editor=sed -i 1ibreak",
            "rebase",
            "--quiet",
            "--interactive",
            "HEAD~1"
        );
        Assert.Null(CheckoutLocator.Locate(main).Branch);
        Assert.True(Identity(main).IsMain);
    }

    [Theory]
    [InlineData("feature-x")] // its branch
    [InlineData("trees/feature-x")] // its path, from the folder that holds the bare repository
    [InlineData("./trees/../trees/feature-x/")]
    public void Worktree_json_may_name_another(string setting)
    {
        var (main, feature) = Bare("webserver.git");

        Assert.True(Identity(feature, setting).IsMain);
        Assert.False(Identity(main, setting).IsMain);
        Assert.Equal(feature, Identity(main, setting).MainRoot);
        Assert.Equal("webserver_main", Identity(main, setting).ProjectName);
    }

    [Fact]
    public void A_main_that_names_no_worktree_is_refused_with_those_there_are()
    {
        var (main, feature) = Bare("webserver.git");

        var refusal = Assert.Throws<WorktreeHooksException>(() => Identity(feature, "trunk"));

        Assert.Equal(ErrorCatalogue.MainWorktreeUnknown, refusal.Diagnostic.Definition);
        Assert.Contains($"'{main}'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"'{feature}'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_worktree_has_the_branch_of_the_bare_head_there_is_no_main()
    {
        var (main, feature) = Bare("webserver.git");
        repository.GitIn(main, "checkout", "--quiet", "--detach");

        Assert.False(Identity(main).IsMain);
        Assert.Null(Identity(main).MainRoot);
        Assert.Null(Identity(feature).MainRoot);
        Assert.Equal("webserver_main", Identity(main).ProjectName);
    }

    [Fact]
    public void A_folder_beside_the_worktrees_is_refused()
    {
        Bare("webserver/.bare");
        File.WriteAllText(repository.Beside("webserver", ".git"), "gitdir: ./.bare\n");

        var refusal = Assert.Throws<WorktreeHooksException>(() =>
            Identity(repository.Beside("webserver"))
        );

        Assert.Equal(ErrorCatalogue.NotARepository, refusal.Diagnostic.Definition);
        Assert.Contains("bare", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_inside_of_a_bare_repository_is_no_work_tree_of_the_repository_around_it()
    {
        repository.Git("clone", "--quiet", "--bare", repository.Root, "vendor/lib.git");

        Assert.Null(
            CheckoutLocator.TryLocate(Path.Combine(repository.Root, "vendor/lib.git/hooks"))
        );
        Assert.NotNull(CheckoutLocator.TryLocate(Path.Combine(repository.Root, "vendor")));
        Assert.Null(CheckoutLocator.TryLocate(Path.Combine(repository.Root, ".git", "hooks")));
    }

    [Fact]
    public void A_clone_that_was_made_bare_afterwards_has_no_checkout_of_its_own()
    {
        var linked = repository.AddWorktree("feature-x");
        repository.Git("config", "core.bare", "true");

        Assert.Null(CheckoutLocator.TryLocate(repository.Root));
        Assert.Null(Identity(linked).MainRoot);
        Assert.Equal("source_feature-x", Identity(linked).ProjectName);
    }

    private (string Main, string Feature) Bare(string store)
    {
        var gitDirectory = repository.Beside(store);
        var main = Path.Combine(Path.GetDirectoryName(gitDirectory)!, "trees", "main");
        var feature = Path.Combine(Path.GetDirectoryName(gitDirectory)!, "trees", "feature-x");
        repository.Git("clone", "--quiet", "--bare", repository.Root, gitDirectory);
        repository.GitIn(gitDirectory, "worktree", "add", "--quiet", main, "main");
        repository.GitIn(gitDirectory, "worktree", "add", "--quiet", feature);
        return (main, feature);
    }

    private static WorktreeIdentity Identity(string folder, string? main = null) =>
        WorktreeIdentity.Of(CheckoutLocator.Locate(folder), projectSetting: null, main);
}
