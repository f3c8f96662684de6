using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Git;

public sealed class WorktreeListTests : IDisposable
{
    private readonly TestRepository repository = new();

    public void Dispose() => repository.Dispose();

    private string Common => Path.Combine(repository.Root, ".git");

    private LinkedWorktree Only(string name) =>
        WorktreeList.Linked(Common).Single(w => w.Name == name);

    [Fact]
    public void Without_linked_worktrees_it_is_empty()
    {
        Assert.Empty(WorktreeList.Linked(Common));
        Assert.Equal(repository.Root, WorktreeList.MainRoot(Common));
    }

    [Fact]
    public void It_has_the_same_worktrees_as_git_in_the_order_of_their_names()
    {
        foreach (var name in new[] { "b", "a", "größe x" })
        {
            repository.Git("worktree", "add", "--quiet", "--detach", repository.Beside(name));
        }

        var listed = WorktreeList.Linked(Common);

        Assert.Equal(
            repository
                .Git("worktree", "list", "--porcelain", "-z")
                .Split('\0')
                .Where(field => field.StartsWith("worktree ", StringComparison.Ordinal))
                .Select(field => field["worktree ".Length..])
                .Skip(1) // main stands first
                .Order(StringComparer.Ordinal),
            listed.Select(w => w.Root!).Order(StringComparer.Ordinal),
            StringComparer.Ordinal
        );
        Assert.Equal("a", listed[0].Name);
        Assert.Null(listed[0].Branch);
        Assert.All(listed, w => Assert.True(w is { Exists: true, IsPrunable: false }));
    }

    [Fact]
    public void A_worktree_that_was_deleted_by_hand_is_prunable()
    {
        Directory.Delete(repository.AddWorktree("gone"), recursive: true);

        var gone = Only("gone");

        Assert.False(gone.Exists);
        Assert.True(gone.IsPrunable);
        Assert.Equal(repository.Beside("gone"), gone.Root);
        Assert.Equal("gone", gone.Branch);
        Assert.Contains("Removing worktrees/gone", GitPruneDryRun(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_locked_worktree_whose_folder_is_away_is_not_prunable()
    {
        var root = repository.AddWorktree("away");
        repository.Git("worktree", "lock", root);
        Directory.Delete(root, recursive: true);

        var away = Only("away");

        Assert.True(away.IsLocked);
        Assert.False(away.Exists);
        Assert.False(away.IsPrunable);
        Assert.Equal("", GitPruneDryRun());
    }

    [Fact]
    public void A_folder_that_lost_its_git_file_is_prunable()
    {
        File.Delete(Path.Combine(repository.AddWorktree("feature-x"), ".git"));

        Assert.True(Only("feature-x").Exists);
        Assert.True(Only("feature-x").IsPrunable);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a\0b")]
    public void A_record_without_a_usable_gitdir_file_has_no_root(string? content)
    {
        repository.AddWorktree("feature-x");
        var file = Path.Combine(Common, "worktrees", "feature-x", "gitdir");
        File.Delete(file);
        if (content is not null)
        {
            File.WriteAllText(file, content);
        }

        Assert.Null(Only("feature-x").Root);
        Assert.True(Only("feature-x").IsPrunable);
    }

    [Fact]
    public void A_removed_worktree_is_gone_from_it()
    {
        repository.Git("worktree", "remove", repository.AddWorktree("feature-x"));

        Assert.Empty(WorktreeList.Linked(Common));
    }

    private string GitPruneDryRun() =>
        // git says what it would remove on stderr or stdout, by version; the exit code is 0 either way
        repository.Git("worktree", "prune", "--dry-run", "--verbose", "--expire=now")
            is { Length: > 0 } output
            ? output
            : ChildProcess
                .Run(
                    repository.Environment,
                    repository.Root,
                    "git",
                    "worktree",
                    "prune",
                    "--dry-run",
                    "--expire=now"
                )
                .ErrorOutput;
}
