using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Git;

/// <summary>The shapes of a checkout in a repository that is not bare.</summary>
public sealed class LocatorTests : IDisposable
{
    private readonly TestRepository repository = new();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void The_repositorys_own_checkout_is_main()
    {
        var identity = Identity(repository.Root);

        Assert.True(identity.IsMain);
        Assert.Equal("main", identity.Name);
        Assert.Equal("webserver", identity.ProjectName);
        Assert.Equal(repository.Root, identity.MainRoot);
        Assert.Equal(Path.Combine(repository.Root, ".git"), identity.Checkout.GitDirectory);
        Assert.Equal(identity.Checkout.GitDirectory, identity.Checkout.CommonDirectory);
        Assert.Equal("main", identity.Checkout.Branch);
    }

    [Fact]
    public void A_subfolder_answers_with_its_checkout()
    {
        repository.Write("src/deep/er/file.txt", "");

        Assert.Equal(
            CheckoutLocator.Locate(repository.Root),
            CheckoutLocator.Locate(Path.Combine(repository.Root, "src", "deep", "er"))
        );
    }

    [Fact]
    public void A_sibling_worktree_is_named_as_git_names_it()
    {
        var identity = Identity(repository.AddWorktree("feature-x"));

        AssertLinked(identity, "feature-x", "webserver_feature-x");
        Assert.Equal(
            Path.Combine(repository.Root, ".git", "worktrees", "feature-x"),
            identity.Checkout.GitDirectory
        );
        Assert.Equal("feature-x", identity.Checkout.Branch);
    }

    [Fact]
    public void A_worktree_inside_main_is_linked_too()
    {
        var root = Path.Combine(repository.Root, ".worktree", "feature-x");
        repository.Git("worktree", "add", "--quiet", root);

        AssertLinked(Identity(root), "feature-x", "webserver_feature-x");
    }

    [Fact]
    public void A_folder_that_is_merely_called_worktree_is_none()
    {
        repository.Write(".worktree/feature-x/file.txt", "");
        repository.Write("worktrees/feature-y/file.txt", "");

        Assert.True(Identity(Path.Combine(repository.Root, ".worktree", "feature-x")).IsMain);
        Assert.True(Identity(Path.Combine(repository.Root, "worktrees", "feature-y")).IsMain);
    }

    [Fact]
    public void A_main_checkout_below_a_folder_called_worktree_is_main()
    {
        var clone = repository.Beside(".worktree", "worktrees", "webserver");
        repository.Git("clone", "--quiet", repository.Root, clone);

        Assert.True(Identity(clone).IsMain);
    }

    [Fact]
    public void Two_worktrees_whose_folders_have_the_same_name_have_different_names()
    {
        repository.Git("worktree", "add", "--quiet", "-b", "a", repository.Beside("1", "app"));
        repository.Git("worktree", "add", "--quiet", "-b", "b", repository.Beside("2", "app"));

        Assert.Equal("app", Identity(repository.Beside("1", "app")).Name);
        Assert.Equal("app1", Identity(repository.Beside("2", "app")).Name);
    }

    [Fact]
    public void A_detached_head_has_no_branch_and_keeps_the_name()
    {
        var root = repository.AddWorktree("feature-x");
        repository.GitIn(root, "checkout", "--quiet", "--detach");

        var identity = Identity(root);

        AssertLinked(identity, "feature-x", "webserver_feature-x");
        Assert.Null(identity.Checkout.Branch);
    }

    [Fact]
    public void A_head_that_names_no_branch_has_none()
    {
        repository.Git("update-ref", "refs/other/thing", "HEAD");
        repository.Git("symbolic-ref", "HEAD", "refs/other/thing");

        Assert.Null(CheckoutLocator.Locate(repository.Root).Branch);
    }

    [Fact]
    public void A_renamed_branch_keeps_the_name()
    {
        var root = repository.AddWorktree("feature-x");
        repository.GitIn(root, "branch", "-m", "feature/better");

        var identity = Identity(root);

        AssertLinked(identity, "feature-x", "webserver_feature-x");
        Assert.Equal("feature/better", identity.Checkout.Branch);
    }

    [Fact]
    public void A_moved_worktree_keeps_its_name_and_private_git_dir()
    {
        var before = Identity(repository.AddWorktree("feature-x"));
        var moved = repository.Beside("elsewhere", "renamed");
        Directory.CreateDirectory(repository.Beside("elsewhere"));
        repository.Git("worktree", "move", before.Checkout.Root, moved);

        var after = Identity(moved);

        AssertLinked(after, "feature-x", "webserver_feature-x");
        Assert.Equal(before.Checkout.GitDirectory, after.Checkout.GitDirectory);
        Assert.Equal(moved, after.Checkout.Root);
    }

    [Fact]
    public void A_worktree_that_was_moved_by_hand_keeps_its_name()
    {
        var root = repository.AddWorktree("feature-x");
        Directory.Move(root, repository.Beside("renamed"));

        var identity = Identity(repository.Beside("renamed"));

        AssertLinked(identity, "feature-x", "webserver_feature-x");
        Assert.Equal(repository.Beside("renamed"), identity.Checkout.Root);
    }

    [Fact]
    public void A_locked_worktree_answers_as_any_other()
    {
        var root = repository.AddWorktree("feature-x");
        repository.Git("worktree", "lock", "--reason", "on a stick", root);

        AssertLinked(Identity(root), "feature-x", "webserver_feature-x");
    }

    [Fact]
    public void A_neighbour_that_was_deleted_by_hand_does_no_harm()
    {
        Directory.Delete(repository.AddWorktree("gone"), recursive: true);
        var root = repository.AddWorktree("feature-x");

        AssertLinked(Identity(root), "feature-x", "webserver_feature-x");
        Assert.True(Identity(repository.Root).IsMain);
    }

    [Fact]
    public void A_symbolic_link_to_a_worktree_is_that_worktree()
    {
        var root = repository.AddWorktree("feature-x");
        Directory.CreateSymbolicLink(repository.Beside("link"), root);
        Directory.CreateSymbolicLink(repository.Beside("link-to-main"), repository.Root);

        Assert.Equal(
            CheckoutLocator.Locate(root),
            CheckoutLocator.Locate(repository.Beside("link"))
        );
        Assert.Equal(
            CheckoutLocator.Locate(repository.Root),
            CheckoutLocator.Locate(repository.Beside("link-to-main"))
        );
    }

    [Fact]
    public void A_worktree_that_was_added_through_a_symbolic_link_has_its_real_path()
    {
        Directory.CreateDirectory(repository.Beside("real"));
        Directory.CreateSymbolicLink(repository.Beside("link"), repository.Beside("real"));
        repository.Git("worktree", "add", "--quiet", repository.Beside("link", "feature-x"));

        var checkout = CheckoutLocator.Locate(repository.Beside("link", "feature-x"));

        Assert.Equal(repository.Beside("real", "feature-x"), checkout.Root);
        Assert.True(checkout.IsLinked);
    }

    [Theory]
    [InlineData("with two spaces", "webserver_with-two-spaces", "with-two-spaces")]
    [InlineData("Grüße", "webserver_gr-e", "gr-e")]
    [InlineData("日本", "webserver_", "")]
    [InlineData("UPPER.Case", "webserver_upper-case", "upper-case")]
    public void Spaces_and_letters_of_any_alphabet_are_reduced_in_names_and_kept_in_paths(
        string folder,
        string projectName,
        string hostLabel
    )
    {
        repository.Git("worktree", "add", "--quiet", "-b", "topic", repository.Beside(folder));

        var identity = Identity(repository.Beside(folder));

        Assert.Equal(projectName, identity.ProjectName);
        Assert.Equal(hostLabel, identity.HostLabel);
        Assert.Equal(repository.Beside(folder), identity.Checkout.Root);
        Assert.Equal("topic", identity.Checkout.Branch);
    }

    [Fact]
    public void A_main_folder_of_any_alphabet_and_with_spaces_works()
    {
        using var other = new TestRepository("Größe 日本");
        var identity = Identity(other.AddWorktree("feature-x"));

        Assert.Equal("Größe 日本", identity.Project);
        Assert.Equal("gr-e-_feature-x", identity.ProjectName);
        Assert.Equal(other.Root, identity.MainRoot);
    }

    [Fact]
    public void An_unborn_branch_has_its_name()
    {
        var root = repository.Beside("empty");
        repository.Git("init", "--quiet", "--initial-branch=trunk/next", root);

        var identity = Identity(root);

        Assert.True(identity.IsMain);
        Assert.Equal("trunk/next", identity.Checkout.Branch);
    }

    [Fact]
    public void A_shallow_clone_answers_as_any_other()
    {
        var root = repository.Beside("shallow");
        repository.Git("commit", "--quiet", "--allow-empty", "-m", "second");
        repository.Git("clone", "--quiet", "--depth=1", new Uri(repository.Root).AbsoluteUri, root);
        repository.GitIn(root, "worktree", "add", "--quiet", repository.Beside("feature-x"));

        Assert.True(Identity(root).IsMain);
        Assert.Equal("shallow_feature-x", Identity(repository.Beside("feature-x")).ProjectName);
    }

    [Fact]
    public void A_separate_git_dir_is_main_by_itself()
    {
        var (root, _) = SeparateGitDirectory();

        var identity = Identity(root);

        Assert.True(identity.IsMain);
        Assert.Equal("app", identity.Project);
        Assert.Equal(root, identity.Checkout.Root);
        Assert.Equal(root, identity.MainRoot);
    }

    [Fact]
    public void Seen_from_a_linked_worktree_a_separate_git_dir_has_no_main()
    {
        var (_, linked) = SeparateGitDirectory();

        var identity = Identity(linked);

        Assert.False(identity.IsMain);
        Assert.Null(identity.MainRoot);
        Assert.Equal("webserver_feature-x", identity.ProjectName);
    }

    [Fact]
    public void Worktree_json_may_name_the_main_of_a_separate_git_dir()
    {
        var (root, linked) = SeparateGitDirectory();

        var identity = WorktreeIdentity.Of(CheckoutLocator.Locate(linked), null, "app");

        Assert.False(identity.IsMain);
        Assert.Equal(root, identity.MainRoot);
        Assert.Equal("app_feature-x", identity.ProjectName);
        Assert.True(WorktreeIdentity.Of(CheckoutLocator.Locate(root), null, "app").IsMain);
    }

    [Fact]
    public void The_environment_of_a_hook_does_not_mislead_it()
    {
        var root = repository.AddWorktree("feature-x");
        var script = repository.Environment with
        {
            Variables = new Dictionary<string, string>(
                repository.Environment.Variables,
                StringComparer.Ordinal
            )
            {
                ["GIT_DIR"] = repository.Beside("nowhere"),
            },
        };

        var seen = ChildProcess.Run(script, root, "git", "rev-parse", "--absolute-git-dir");

        Assert.Equal(CheckoutLocator.Locate(root).GitDirectory, seen.Output.TrimEnd());
    }

    [Fact]
    public void Main_may_be_named_in_a_repository_that_is_not_bare()
    {
        var trunk = repository.AddWorktree("trunk");
        var feature = repository.AddWorktree("feature-x");

        var seen = new[] { repository.Root, trunk, feature }
            .Select(root => WorktreeIdentity.Of(CheckoutLocator.Locate(root), null, "trunk"))
            .ToList();

        Assert.Equal([false, true, false], seen.Select(i => i.IsMain));
        Assert.All(seen, i => Assert.Equal(trunk, i.MainRoot));
        Assert.Equal(
            "webserver_webserver webserver webserver_feature-x",
            string.Join(' ', seen.Select(i => i.ProjectName))
        );
    }

    private (string Root, string Linked) SeparateGitDirectory()
    {
        var root = repository.Beside("app");
        var linked = repository.Beside("feature-x");
        var store = repository.Beside("webserver.git");
        repository.Git("clone", "--quiet", "--separate-git-dir", store, repository.Root, root);
        repository.GitIn(root, "worktree", "add", "--quiet", linked);
        return (root, linked);
    }

    private void AssertLinked(WorktreeIdentity identity, string name, string projectName)
    {
        Assert.False(identity.IsMain);
        Assert.True(identity.Checkout.IsLinked);
        Assert.Equal(name, identity.Name);
        Assert.Equal(projectName, identity.ProjectName);
        Assert.Equal(repository.Root, identity.MainRoot);
        Assert.Equal(Path.Combine(repository.Root, ".git"), identity.Checkout.CommonDirectory);
    }

    private static WorktreeIdentity Identity(string folder) =>
        WorktreeIdentity.Of(
            CheckoutLocator.Locate(folder),
            projectSetting: null,
            mainSetting: null
        );
}
