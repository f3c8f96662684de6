using Worktree.Hooks.Git;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tests.Hooks;

public class HookFiringTests
{
    private const string Zeros = "0000000000000000000000000000000000000000";

    [SkippableTheory]
    [InlineData(GitKind.Older)]
    [InlineData(GitKind.Newer)]
    public void A_new_worktree_calls_the_executable_once_in_its_own_folder(GitKind kind)
    {
        using var repository = new HookRepository(kind);
        repository.Install();

        var added = repository.Git("worktree", "add", "../feature-x");

        var head = repository.Git("rev-parse", "HEAD").Output.Trim();
        Assert.Equal(
            [$"{repository.Repository.Beside("feature-x")} hook post-checkout {Zeros} {head} 1"],
            repository.Calls
        );
        Assert.Contains("said by the executable", added.ErrorOutput, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(GitKind.Older)]
    [InlineData(GitKind.Newer)]
    public void Other_checkouts_call_nothing(GitKind kind)
    {
        using var repository = new HookRepository(kind);
        repository.Git("worktree", "add", "../before");
        repository.Install();

        repository.Git("checkout", "-b", "topic");
        repository.Repository.Write("topic.txt", "1");
        repository.Git("add", ".");
        repository.Git("commit", "-m", "topic");
        repository.Git("checkout", "main");
        repository.Repository.Write("main.txt", "1");
        repository.Git("add", ".");
        repository.Git("commit", "-m", "main");
        repository.Git("checkout", "--", "readme.txt");
        repository.Git("rebase", "main", "topic");
        repository.GitIn(repository.Repository.Beside("before"), "checkout", "--detach", "topic");
        repository.GitIn(repository.Repository.Beside("before"), "checkout", "--orphan", "empty");
        repository.Git("clone", repository.Root, "../clone");
        repository.Git("worktree", "add", "--no-checkout", "../nothing");

        Assert.Empty(repository.Calls);
    }

    [SkippableTheory]
    [InlineData(GitKind.Older)]
    [InlineData(GitKind.Newer)]
    public void A_worktree_made_from_a_linked_worktree_calls_it_too(GitKind kind)
    {
        using var repository = new HookRepository(kind);
        repository.Install();
        repository.Git("worktree", "add", "../one");

        repository.GitIn(repository.Repository.Beside("one"), "worktree", "add", "../two");

        Assert.Equal(2, repository.Calls.Length);
        Assert.StartsWith(repository.Repository.Beside("two") + " ", repository.Calls[1]);
    }

    [SkippableTheory]
    [InlineData(GitKind.Older)]
    [InlineData(GitKind.Newer)]
    public void Paths_with_spaces_quotes_and_other_letters_are_served(GitKind kind)
    {
        using var repository = new HookRepository(kind, "it's a \"größe\" $HOME `x` \\ 日本");
        repository.Install();

        repository.Git("worktree", "add", "-b", "topic", "../my 'new' wörk$tree");

        Assert.Single(repository.Calls);
        Assert.StartsWith(repository.Repository.Beside("my 'new' wörk$tree"), repository.Calls[0]);
        repository.Uninstall();
        repository.Git("worktree", "add", "../after");
        Assert.Single(repository.Calls);
    }

    [SkippableTheory]
    [InlineData(GitKind.Older)]
    [InlineData(GitKind.Newer)]
    public void A_repository_that_moved_keeps_its_hook(GitKind kind)
    {
        using var repository = new HookRepository(kind);
        repository.Install();
        var moved = repository.Repository.Beside("moved");
        Directory.Move(repository.Root, moved);

        repository.GitIn(moved, "worktree", "add", "../feature-x");

        Assert.Single(repository.Calls);
    }

    [SkippableTheory]
    [InlineData(GitKind.Older)]
    [InlineData(GitKind.Newer)]
    public void A_bare_repository_has_the_hook_for_its_worktrees(GitKind kind)
    {
        using var repository = new HookRepository(kind);
        repository.Git("clone", "--bare", repository.Root, "../store.git");
        var bare = repository.Repository.Beside("store.git");
        repository.GitIn(bare, "worktree", "add", "../first");
        HookInstaller.Install(
            repository.Environment,
            CheckoutLocator.Locate(repository.Repository.Beside("first")),
            repository.Executable,
            repository.Narrator
        );

        repository.GitIn(bare, "worktree", "add", "-b", "second", "../second");

        Assert.Single(repository.Calls);
        Assert.True(File.Exists(Path.Combine(bare, "worktree-hooks", "bin", "post-checkout")));
    }

    [SkippableTheory]
    [InlineData(GitKind.Older)]
    [InlineData(GitKind.Newer)]
    public void Submodules_of_a_new_worktree_call_nothing_of_their_own(GitKind kind)
    {
        using var repository = new HookRepository(kind);
        repository.Git("clone", repository.Root, "../library");
        repository.Git("submodule", "add", repository.Repository.Beside("library"), "lib");
        repository.Git("commit", "-m", "submodule");
        repository.Install();

        repository.Git("worktree", "add", "../feature-x");
        var feature = repository.Repository.Beside("feature-x");
        repository.GitIn(feature, "submodule", "update", "--init");
        repository.GitIn(Path.Combine(repository.Root, "lib"), "worktree", "add", "../../lib-x");

        Assert.Single(repository.Calls);
    }

    [SkippableTheory]
    [InlineData(GitKind.Older)]
    [InlineData(GitKind.Newer)]
    public void A_failing_executable_does_not_fail_git(GitKind kind)
    {
        using var repository = new HookRepository(kind);
        File.WriteAllText(
            Path.Combine(repository.Executable, "dotnet-worktree"),
            "#!/bin/sh\nexit 7\n"
        );
        repository.Install();

        repository.Git("worktree", "add", "../feature-x");
    }

    [SkippableTheory]
    [InlineData(GitKind.Older)]
    [InlineData(GitKind.Newer)]
    public void A_missing_executable_is_one_line_and_no_failure(GitKind kind)
    {
        using var repository = new HookRepository(kind);
        repository.Install();
        File.Delete(
            Path.Combine(repository.Root, ".git", "worktree-hooks", "bin", "dotnet-worktree")
        );

        var added = repository.Git("worktree", "add", "--quiet", "../feature-x");

        var line = Assert.Single(added.ErrorOutput.TrimEnd().Split('\n'));
        Assert.StartsWith("worktree-hooks: WTH1006 HookBroken: ", line);
    }

    [SkippableTheory]
    [InlineData(GitKind.Older)]
    [InlineData(GitKind.Newer)]
    public void An_installation_that_was_deleted_is_silent(GitKind kind)
    {
        using var repository = new HookRepository(kind);
        repository.Install();
        Directory.Delete(Path.Combine(repository.Root, ".git", "worktree-hooks"), recursive: true);

        var added = repository.Git("worktree", "add", "--quiet", "../feature-x");

        Assert.DoesNotContain("worktree-hooks", added.ErrorOutput, StringComparison.Ordinal);
    }
}
