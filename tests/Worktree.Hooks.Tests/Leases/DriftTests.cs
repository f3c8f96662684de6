using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Leases;

/// <summary>worktree.json changes while worktrees are there.</summary>
public class DriftTests
{
    private const string Two =
        """{ "ports": { "APP_PORT": {}, "POSTGRES_PORT": {} }, "env": { "URL": "http://x:${APP_PORT}" } }""";

    [Fact]
    public void What_main_gains_comes_to_every_worktree_which_keeps_the_rest()
    {
        using var repository = new TestRepository();
        Commit(repository, Two);
        var root = repository.AddWorktree("feature-x");
        var before = SetupOf.Worktree(repository, root).Ports();

        repository.Write(
            "worktree.json",
            """
            { "ports": { "APP_PORT": {}, "POSTGRES_PORT": {}, "REDIS_PORT": { "main": 6379, "range": "6380-6478" } },
              "env": { "URL": "http://other", "CACHE": "localhost:${REDIS_PORT}" } }
            """
        );
        var after = SetupOf.Worktree(repository, root);

        Assert.Equal(before, after.Ports()[..2]);
        Assert.InRange(after.Ports()[2], 6380, 6478);
        var variables = after.Variables.ToDictionary();
        Assert.Equal($"localhost:{after.Ports()[2]}", variables["CACHE"]);
        Assert.Equal($"http://x:{before[0]}", variables["URL"]);
        Assert.Contains(
            $"REDIS_PORT={after.Ports()[2]}\n",
            File.ReadAllText(Path.Combine(root, ".env.local")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void What_collides_with_the_worktrees_own_entries_or_needs_more_stays_mains()
    {
        using var repository = new TestRepository();
        Commit(repository, Two);
        var root = repository.AddWorktree("feature-x");
        File.WriteAllText(
            Path.Combine(root, "worktree.json"),
            """{ "ports": { "WEB_PORT": { "main": 5001, "range": "5002-5100" } } }"""
        );
        repository.Write(
            "worktree.json",
            """{ "ports": { "APP_PORT": {} }, "env": { "URL": "http://x:${APP_PORT}", "MODE": "dev" } }"""
        );

        var allocation = SetupOf.Worktree(repository, root);

        Assert.Equal(["WEB_PORT"], allocation.Ports.Select(p => p.Variable.Name));
        var names = allocation.Variables.Select(v => v.Key).ToList();
        Assert.Contains("MODE", names);
        Assert.DoesNotContain("URL", names);
    }

    [Fact]
    public void A_broken_file_in_main_does_not_break_a_worktree_that_has_its_own()
    {
        using var repository = new TestRepository();
        Commit(repository, Two);
        var root = repository.AddWorktree("feature-x");
        repository.Write("worktree.json", "{ nonsense");

        Assert.Equal(2, SetupOf.Worktree(repository, root).Ports.Count);
    }

    [Fact]
    public void A_port_outside_a_range_that_moved_is_replaced_and_said_and_the_others_stay()
    {
        using var repository = new TestRepository();
        var root = repository.AddWorktree("feature-x");
        repository.Write("worktree.json", Two);
        var before = SetupOf.Worktree(repository, root).Ports();
        repository.Write(
            "worktree.json",
            """{ "ports": { "APP_PORT": { "range": "15002-15100" }, "POSTGRES_PORT": {} } }"""
        );
        var narrator = new RecordingNarrator();

        var after = SetupOf.Worktree(repository, root, narrator).Ports();

        Assert.InRange(after[0], 15002, 15100);
        Assert.Equal(before[1], after[1]);
        Assert.Equal(
            $"APP_PORT is {after[0]} from now on: {before[0]} is outside its range 15002-15100 in worktree.json",
            Assert.Single(narrator.Lines)
        );
    }

    [Fact]
    public void A_range_that_is_narrowed_keeps_the_ports_that_are_still_in_it()
    {
        using var repository = new TestRepository();
        var roots = Enumerable.Range(0, 3).Select(i => repository.AddWorktree($"w{i}")).ToList();
        repository.Write("worktree.json", """{ "ports": { "APP_PORT": {} } }""");
        var before = roots.Select(r => SetupOf.Worktree(repository, r).Ports()[0]).ToList();
        var (first, last) = (before[0], Math.Min(before[0] + 2, 5100));
        first = Math.Max(5002, last - 2);
        repository.Write(
            "worktree.json",
            $$"""{ "ports": { "APP_PORT": { "range": "{{first}}-{{last}}" } } }"""
        );

        var after = roots.Select(r => SetupOf.Worktree(repository, r).Ports()[0]).ToList();

        Assert.Equal(3, after.Distinct().Count());
        Assert.All(after, p => Assert.InRange(p, first, last));
        Assert.Equal(before[0], after[0]);
    }

    private static void Commit(TestRepository repository, string configuration)
    {
        repository.Write("worktree.json", configuration);
        repository.Git("add", ".");
        repository.Git("commit", "--quiet", "-m", "worktree.json");
    }
}
