using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Init;

public class InitUndoTests
{
    private const string Targets = "Directory.Build.targets";

    [Fact]
    public void Everything_is_as_it_was()
    {
        using var repository = new InitRepository().WithWebSolution();
        var before = repository.Everything();
        repository.Apply();

        var report = repository.Undo();

        Assert.Equal(4, report.Restored.Count);
        Assert.Empty(report.Kept);
        Assert.Equal(before, repository.Everything());
    }

    [Fact]
    public void It_can_be_done_and_undone_again()
    {
        using var repository = new InitRepository().WithWebSolution();
        var before = repository.Everything();
        repository.Apply();
        repository.Undo();
        repository.Apply();
        repository.Undo();

        Assert.Equal(before, repository.Everything());
    }

    [Fact]
    public void What_the_user_wrote_since_stays()
    {
        using var repository = new InitRepository().WithWebSolution();
        repository.Repository.Write(Targets, "<Project>\n  <!-- mine -->\n</Project>\n");
        repository.Apply();
        repository.Repository.Write(
            Targets,
            repository.Read(Targets).Replace("<!-- mine -->", "<!-- mine, edited -->")
        );
        repository.Repository.Write("worktree.json", "{}");
        var narrator = new RecordingNarrator();

        var report = repository.Undo(narrator);

        Assert.Equal("<Project>\n  <!-- mine, edited -->\n</Project>\n", repository.Read(Targets));
        Assert.Equal("{}", repository.Read("worktree.json"));
        Assert.Equal(["worktree.json"], report.Kept);
        Assert.Equal(ErrorCatalogue.InitFileChanged, Assert.Single(narrator.Warnings).Definition);
    }

    [Fact]
    public void A_file_that_init_changes_a_second_time_goes_back_to_before_the_first()
    {
        using var repository = new InitRepository();
        var before = repository.Everything();
        repository.Apply();
        var record = InitRecord.Load(repository.Plan().Checkout);
        // As if an older version had written another schema.
        var old = "{}"u8.ToArray();
        (
            record with
            {
                Files =
                [
                    .. record.Files.Select(f =>
                        f.Path == WorktreeJson.SchemaFile ? f with { Written = old } : f
                    ),
                ],
            }
        ).Save(repository.Plan().Checkout);
        repository.Repository.Write(WorktreeJson.SchemaFile, "{}");

        Assert.Single(repository.Apply().Changes);
        repository.Undo();

        Assert.Equal(before, repository.Everything());
    }

    [Fact]
    public void A_worktree_without_an_init_is_refused()
    {
        using var repository = new InitRepository();

        var refused = Assert.Throws<WorktreeHooksException>(() => repository.Undo());

        Assert.Equal(ErrorCatalogue.NothingToUndo, refused.Diagnostic.Definition);
    }

    [Fact]
    public void A_file_that_changed_while_somebody_was_asked_is_not_written_over()
    {
        using var repository = new InitRepository().WithWebSolution();
        repository.Repository.Write(Targets, "<Project>\n</Project>\n");
        var plan = repository.Plan();
        repository.Repository.Write(Targets, "<Project>\n<!-- edited -->\n</Project>\n");

        var refused = Assert.Throws<WorktreeHooksException>(() => RepositoryInit.Apply(plan));

        Assert.Equal(ErrorCatalogue.InitFileUnwritable, refused.Diagnostic.Definition);
        Assert.Contains("edited", repository.Read(Targets), StringComparison.Ordinal);
    }
}
