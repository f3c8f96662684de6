using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Git;

/// <summary>No repository, and repositories whose files were damaged: a code and a remedy, never a wrong answer.</summary>
public sealed class BrokenTests : IDisposable
{
    private readonly TestRepository repository = new();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void Without_a_repository_there_is_a_code_and_no_answer()
    {
        var folder = repository.Beside("plain");
        Directory.CreateDirectory(folder);

        Assert.Equal(ErrorCatalogue.NotARepository, Refusal(folder).Definition);
        Assert.Null(CheckoutLocator.TryLocate(folder));
    }

    [Fact]
    public void A_folder_that_does_not_exist_answers_with_what_encloses_it()
    {
        Assert.Equal(
            repository.Root,
            CheckoutLocator.Locate(Path.Combine(repository.Root, "not", "there")).Root
        );
    }

    [Fact]
    public void An_empty_git_folder_is_passed_over_as_git_does()
    {
        var folder = Path.Combine(repository.Root, "inner");
        Directory.CreateDirectory(Path.Combine(folder, ".git"));

        Assert.Equal(repository.Root, CheckoutLocator.Locate(folder).Root);
    }

    [Theory]
    [InlineData("gitdir: /nowhere/at/all\n")]
    [InlineData("gitdir: \n")]
    [InlineData("gitdir: a\0b\n")]
    [InlineData("something else\n")]
    [InlineData("")]
    public void A_broken_git_file_is_named(string content)
    {
        var folder = Path.Combine(repository.Root, "inner");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, ".git"), content);

        var refusal = Refusal(folder);

        Assert.Equal(ErrorCatalogue.GitMetadataDamaged, refusal.Definition);
        Assert.Contains(Path.Combine(folder, ".git"), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_git_link_that_leads_nowhere_is_named()
    {
        var folder = Path.Combine(repository.Root, "inner");
        Directory.CreateDirectory(folder);
        File.CreateSymbolicLink(Path.Combine(folder, ".git"), repository.Beside("nowhere"));

        Assert.Equal(ErrorCatalogue.GitMetadataDamaged, Refusal(folder).Definition);
    }

    [Fact]
    public void A_worktree_whose_record_was_pruned_is_no_main()
    {
        var root = repository.AddWorktree("feature-x");
        Directory.Delete(
            Path.Combine(repository.Root, ".git", "worktrees", "feature-x"),
            recursive: true
        );

        Assert.Equal(ErrorCatalogue.GitMetadataDamaged, Refusal(root).Definition);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("../../nowhere\n")]
    public void A_worktree_with_a_broken_commondir_is_no_main(string content)
    {
        var root = repository.AddWorktree("feature-x");
        repository.Write(".git/worktrees/feature-x/commondir", content);

        Assert.Equal(ErrorCatalogue.GitMetadataDamaged, Refusal(root).Definition);
    }

    private static Diagnostic Refusal(string folder) =>
        Assert.Throws<WorktreeHooksException>(() => CheckoutLocator.Locate(folder)).Diagnostic;
}
