using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Database;

public sealed class PublicationTests : IDisposable
{
    private readonly CloneRepository repository = new(DatabaseType.Directory, "data");
    private readonly DatabasePlace place;

    public PublicationTests()
    {
        place = repository.Place;
        Directory.CreateDirectory(Path.GetDirectoryName(place.JournalFile)!);
        Make(repository.InMain, "main");
    }

    public void Dispose() => repository.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void With_and_without_an_exchange_the_new_one_is_there_and_the_old_one_kept(
        bool exchanges
    )
    {
        Make(place.Target, "old");
        Make(place.Previous, "older");
        Make(place.Temporary, "new");

        Publication.Publish(
            place,
            Manifest(),
            keepOld: true,
            deletesWork: true,
            Exchange(exchanges)
        );

        AssertIs("new", place.Target);
        AssertIs("old", place.Previous);
        place.EmptyTrash(repository.Repository.Environment);
        Assert.Equal([".data.worktree-hooks-previous"], repository.Neighbours());
        Assert.False(File.Exists(place.JournalFile));
        Assert.Equal("copy", CloneManifest.TryRead(place)!.Method);
    }

    [Fact]
    public void Where_the_target_is_missing_the_new_one_is_renamed()
    {
        Make(place.Temporary, "new");

        Publication.Publish(
            place,
            Manifest(),
            keepOld: true,
            deletesWork: false,
            PathExchange.TryExchange
        );

        AssertIs("new", place.Target);
        Assert.Empty(repository.Neighbours());
    }

    // Each line is a moment at which a process may die; the exception stands for its death.
    [Theory]
    [InlineData("before the exchange", "old")]
    [InlineData("between two renames", "new")]
    [InlineData("after the exchange", "new")]
    public void Whoever_dies_leaves_the_old_one_or_the_new_one_and_the_next_command_completes(
        string moment,
        string expected
    )
    {
        Make(place.Target, "old");
        Make(place.Temporary, "new");
        Assert.Throws<InvalidOperationException>(() =>
            Publication.Publish(
                place,
                Manifest(),
                keepOld: true,
                deletesWork: true,
                (first, second) => DieAt(moment, first, second)
            )
        );
        Assert.True(File.Exists(place.JournalFile));

        Publication.Recover(place);
        place.RemoveLeftOvers();

        AssertIs(expected, place.Target);
        Assert.False(File.Exists(place.JournalFile));
        Assert.Equal(
            expected == "new" ? [".data.worktree-hooks-previous"] : Array.Empty<string>(),
            repository.Neighbours()
        );
        if (expected == "new")
        {
            AssertIs("old", place.Previous);
            Assert.NotNull(CloneManifest.TryRead(place));
        }
    }

    [Fact]
    public void A_build_completes_the_journal_of_a_command_that_died()
    {
        Make(place.Target, "old");
        Make(place.Temporary, "new");
        Assert.Throws<InvalidOperationException>(() =>
            Publication.Publish(
                place,
                Manifest(),
                keepOld: false,
                deletesWork: true,
                (_, target) =>
                {
                    Directory.Move(target, place.Displaced);
                    throw new InvalidOperationException("died");
                }
            )
        );

        var outcome = repository.CopyMissing();

        Assert.Equal(DatabaseOutcomeKind.AlreadyThere, outcome.Kind);
        AssertIs("new", place.Target);
        Assert.Empty(repository.Neighbours());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_restore_exchanges_the_two_generations_and_another_one_undoes_it(bool exchanges)
    {
        Make(place.Target, "current");
        Make(place.Previous, "previous");

        Publication.Restore(place, Exchange(exchanges));

        AssertIs("previous", place.Target);
        AssertIs("current", place.Previous);
        Assert.Equal([".data.worktree-hooks-previous"], repository.Neighbours());
        Assert.False(File.Exists(place.JournalFile));

        Publication.Restore(place, Exchange(exchanges));

        AssertIs("current", place.Target);
        AssertIs("previous", place.Previous);
    }

    [Theory]
    [InlineData("before the exchange", "current")]
    [InlineData("between two renames", "previous")]
    [InlineData("after the exchange", "previous")]
    public void Whoever_dies_in_a_restore_leaves_both_generations(string moment, string expected)
    {
        Make(place.Target, "current");
        Make(place.Previous, "previous");

        Assert.Throws<InvalidOperationException>(() =>
            Publication.Restore(place, (first, second) => DieAt(moment, first, second))
        );
        Publication.Recover(place);
        place.RemoveLeftOvers();

        AssertIs(expected, place.Target);
        AssertIs(expected == "current" ? "previous" : "current", place.Previous);
        Assert.Equal([".data.worktree-hooks-previous"], repository.Neighbours());
        Assert.False(File.Exists(place.JournalFile));
    }

    [Fact]
    public void A_restore_without_a_current_database_puts_the_previous_one_there()
    {
        Make(place.Previous, "previous");

        Publication.Restore(place, PathExchange.TryExchange);

        AssertIs("previous", place.Target);
        Assert.Empty(repository.Neighbours());
    }

    private bool DieAt(string moment, string first, string second)
    {
        if (moment == "between two renames")
        {
            Directory.Move(second, place.Displaced);
        }
        else if (moment == "after the exchange")
        {
            Assert.True(PathExchange.TryExchange(first, second));
        }
        throw new InvalidOperationException("died");
    }

    private static Func<string, string, bool> Exchange(bool exchanges) =>
        exchanges ? PathExchange.TryExchange : (_, _) => false;

    private CloneManifest Manifest() =>
        new()
        {
            Version = CloneManifest.CurrentVersion,
            Source = repository.InMain,
            CopiedAt = DateTimeOffset.UnixEpoch,
            Method = "copy",
            Bytes = 1,
            Files = 1,
            SourceFingerprint = "",
            SourceSettled = false,
            CloneFingerprint = "",
            CopyId = "",
            BootId = "",
        };

    private static void Make(string folder, string content)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "file"), content);
    }

    private static void AssertIs(string content, string folder) =>
        Assert.Equal(content, File.ReadAllText(Path.Combine(folder, "file")));
}
