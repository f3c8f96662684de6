using System.Globalization;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Leases;

public sealed class LeaseTests : IDisposable
{
    private readonly TestRepository repository = new();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void Main_keeps_the_standard_ports()
    {
        var allocation = SetupOf.Worktree(repository, repository.Root);

        Assert.Equal([443, 5001, 5432], allocation.Ports());
        Assert.Equal("webserver", allocation.ProjectName);
        Assert.Equal("webserver.dev.localhost", allocation.Host);
    }

    [Fact]
    public void A_worktree_gets_the_ports_of_its_hash()
    {
        WriteConfigurationText(PrivateRanges());
        var allocation = SetupOf.Worktree(repository, repository.AddWorktree("feature-x"));

        Assert.Equal("webserver_feature-x", allocation.ProjectName);
        Assert.Equal("feature-x.dev.localhost", allocation.Host);
        Assert.Equal([41071, 42071, 43071], allocation.Ports());
    }

    [Fact]
    public void A_worktree_gets_the_same_ports_every_time()
    {
        var root = repository.AddWorktree("feature-x");
        var first = SetupOf.Worktree(repository, root);

        Assert.Equal(first.Ports(), SetupOf.Worktree(repository, root).Ports());
        File.Delete(Path.Combine(root, ".env.local"));
        Assert.Equal(first.Ports(), SetupOf.Worktree(repository, root).Ports());
        DeleteLeases();
        SetupOf.Worktree(repository, root);
        DeleteLeases();
        Assert.Equal(first.Ports(), SetupOf.Worktree(repository, root).Ports());
    }

    [Fact]
    public void A_second_worktree_never_takes_a_leased_port()
    {
        WriteConfiguration("6100-6101");
        var first = SetupOf.Worktree(repository, repository.AddWorktree("a")).Ports();
        var second = SetupOf.Worktree(repository, repository.AddWorktree("b")).Ports();

        Assert.Equal([6100, 6101], first.Concat(second).Order());
    }

    [Fact]
    public void A_worktree_that_was_moved_or_detached_keeps_its_ports_and_name()
    {
        var root = repository.AddWorktree("feature-x");
        var before = SetupOf.Worktree(repository, root);
        repository.Git("worktree", "move", root, repository.Beside("elsewhere"));
        repository.GitIn(repository.Beside("elsewhere"), "checkout", "--quiet", "--detach");

        var after = SetupOf.Worktree(repository, repository.Beside("elsewhere"));

        Assert.Equal(before.Ports(), after.Ports());
        Assert.Equal(before.ProjectName, after.ProjectName);
    }

    [Fact]
    public void Renaming_the_folder_of_main_moves_no_port()
    {
        var root = repository.AddWorktree("feature-x");
        var before = SetupOf.Worktree(repository, root);
        var renamed = repository.Beside("renamed");
        Directory.Move(repository.Root, renamed);
        repository.GitIn(renamed, "worktree", "repair", root);

        var after = SetupOf.Worktree(repository, root);

        Assert.Equal(before.Ports(), after.Ports());
        Assert.Equal("renamed_feature-x", after.ProjectName);
        Directory.Move(renamed, repository.Root);
    }

    [Fact]
    public void The_ports_of_a_removed_worktree_are_free_again()
    {
        WriteConfiguration("6100-6100");
        var first = repository.AddWorktree("a");
        SetupOf.Worktree(repository, first);
        repository.Git("worktree", "remove", "--force", first);

        Assert.Equal([6100], SetupOf.Worktree(repository, repository.AddWorktree("b")).Ports());
    }

    [Fact]
    public void The_ports_of_a_folder_deleted_by_hand_are_reclaimed_when_the_range_is_used_up()
    {
        WriteConfiguration("6100-6100");
        var first = repository.AddWorktree("a");
        SetupOf.Worktree(repository, first);
        Directory.Delete(first, recursive: true);

        Assert.Equal([6100], SetupOf.Worktree(repository, repository.AddWorktree("b")).Ports());
    }

    [Fact]
    public void A_locked_worktree_keeps_its_ports_while_its_folder_is_away()
    {
        WriteConfiguration("6100-6100");
        var first = repository.AddWorktree("a");
        SetupOf.Worktree(repository, first);
        repository.Git("worktree", "lock", first);
        Directory.Delete(first, recursive: true);

        var error = Refused(repository.AddWorktree("b"));

        Assert.Equal(ErrorCatalogue.PortAllocationError, error.Definition);
    }

    [Fact]
    public void Ninety_nine_worktrees_fit_the_default_ranges_and_the_hundredth_is_told_what_to_do()
    {
        var narrator = new RecordingNarrator();
        WriteConfigurationText(PrivateRanges());
        var ports = new List<int>();
        for (var i = 0; i < 99; i++)
        {
            ports.AddRange(
                SetupOf.Worktree(repository, repository.AddWorktree($"w{i}"), narrator).Ports()
            );
        }

        var error = Refused(repository.AddWorktree("one-too-many"));

        Assert.Equal(297, ports.Distinct().Count());
        Assert.Equal(ErrorCatalogue.PortAllocationError, error.Definition);
        Assert.Contains("all 99 of", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            $"99 by worktrees of '{repository.Root}'",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("git worktree remove", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(repository.Beside("one-too-many"), ".env.local")));
    }

    [Fact]
    public void A_port_that_browsers_refuse_is_given_last_and_with_a_warning()
    {
        WriteConfiguration("5059-5060");
        var narrator = new RecordingNarrator();
        var first = SetupOf.Worktree(repository, repository.AddWorktree("a"), narrator).Ports();
        Assert.Empty(narrator.Warnings);
        var second = SetupOf.Worktree(repository, repository.AddWorktree("b"), narrator).Ports();

        Assert.Equal([5059], first);
        Assert.Equal([5060], second);
        Assert.Equal(
            ErrorCatalogue.BrowserRefusedPort,
            Assert.Single(narrator.Warnings).Definition
        );
    }

    [Fact]
    public void A_port_that_a_program_listens_on_is_left_to_it()
    {
        WriteConfiguration("6100-6101");
        using var holder = PortProbe.Listen(6100);

        Assert.Equal([6101], SetupOf.Worktree(repository, repository.AddWorktree("a")).Ports());
    }

    [Fact]
    public void A_leased_port_stays_the_worktrees_own_while_its_stack_listens_on_it()
    {
        WriteConfiguration("6100-6101");
        var root = repository.AddWorktree("a");
        var port = SetupOf.Worktree(repository, root).Ports().Single();
        using var ownStack = PortProbe.Listen(port);

        Assert.Equal(port, SetupOf.Worktree(repository, root).Ports().Single());
    }

    [Fact]
    public void Main_ports_of_another_repository_are_nobody_elses()
    {
        using var other = new TestRepository("other");
        var environment = other.Environment with
        {
            Variables = new Dictionary<string, string>(
                other.Environment.Variables,
                StringComparer.Ordinal
            )
            {
                ["WORKTREE_HOOKS_STATE"] = repository.Environment.StateDirectory,
            },
        };
        other.Write(
            "worktree.json",
            """{ "ports": { "CACHE_PORT": { "main": 6100, "range": "6200-6210" } } }"""
        );
        SetupOf.Worktree(environment, other.Root);
        WriteConfiguration("6100-6101");

        Assert.Equal([6101], SetupOf.Worktree(repository, repository.AddWorktree("a")).Ports());
    }

    [Fact]
    public void Two_clones_whose_folders_have_the_same_name_share_no_port_and_no_name()
    {
        var clone = Path.Combine(repository.Outside, "second", "webserver");
        repository.Git("clone", "--quiet", repository.Root, clone);
        var one = SetupOf.Worktree(repository, repository.AddWorktree("feature-x"));
        repository.GitIn(
            clone,
            "worktree",
            "add",
            "--quiet",
            Path.Combine(repository.Outside, "second", "feature-x")
        );
        var two = SetupOf.Worktree(
            repository,
            Path.Combine(repository.Outside, "second", "feature-x")
        );
        var again = SetupOf.Worktree(
            repository,
            Path.Combine(repository.Outside, "second", "feature-x")
        );

        Assert.Empty(one.Ports().Intersect(two.Ports()));
        Assert.Matches("^webserver_feature-x-[0-9a-f]{6}$", two.ProjectName);
        Assert.Matches(@"^feature-x-[0-9a-f]{6}\.dev\.localhost$", two.Host);
        Assert.Equal(two.ProjectName, again.ProjectName);
        Assert.Equal(two.Host, again.Host);
    }

    [Fact]
    public void A_folder_name_of_only_symbols_still_gives_a_project_name()
    {
        using var odd = new TestRepository("___");

        var allocation = SetupOf.Worktree(odd, odd.Root);

        Assert.Matches("^worktree-[0-9a-f]{6}$", allocation.ProjectName);
    }

    [Fact]
    public void A_copied_block_of_another_worktree_is_not_believed()
    {
        WriteConfiguration("6100-6150");
        var first = repository.AddWorktree("a");
        var second = repository.AddWorktree("b");
        var ports = SetupOf.Worktree(repository, first).Ports();
        File.Copy(Path.Combine(first, ".env.local"), Path.Combine(second, ".env.local"));
        DeleteLeases();

        var secondPorts = SetupOf.Worktree(repository, second).Ports();

        Assert.NotEqual(ports, secondPorts);
        Assert.Contains(
            "WORKTREE_NAME=b",
            File.ReadAllText(Path.Combine(second, ".env.local")),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("""{ "version": 1, "leases": { half""", "Nothing needs to be done.")]
    [InlineData("""{"version":1,"leases":{},"remains":[""", "remove what you find.")]
    public void A_damaged_lease_file_is_set_aside_and_rebuilt_from_the_worktrees(
        string damaged,
        string told
    )
    {
        var one = repository.AddWorktree("a");
        var two = repository.AddWorktree("b");
        var ports = SetupOf.Worktree(repository, one).Ports();
        SetupOf.Worktree(repository, two);
        File.WriteAllText(LeaseFile, damaged);
        var narrator = new RecordingNarrator();

        var after = SetupOf.Worktree(repository, two, narrator);

        var warning = Assert.Single(narrator.Warnings);
        Assert.Equal(ErrorCatalogue.LeaseFileCorrupt, warning.Definition);
        Assert.EndsWith(told, warning.Message, StringComparison.Ordinal);
        Assert.Single(
            Directory.GetFiles(repository.Environment.StateDirectory, "leases.json.corrupt-*")
        );
        Assert.All(Leases(), l => Assert.True(l.HasContainers));
        Assert.Contains(Leases(), l => l.Root == one && l.Ports.Values.SequenceEqual(ports));
        Assert.Contains(
            Leases(),
            l => l.Root == two && l.Ports.Values.SequenceEqual(after.Ports())
        );
    }

    [Fact]
    public void A_lease_file_of_a_newer_version_is_refused_and_not_touched()
    {
        Directory.CreateDirectory(repository.Environment.StateDirectory);
        File.WriteAllText(LeaseFile, """{"version":2,"leases":{}}""");

        var error = Refused(repository.Root);

        Assert.Equal(ErrorCatalogue.LeaseFileNewer, error.Definition);
        Assert.Equal("""{"version":2,"leases":{}}""", File.ReadAllText(LeaseFile));
    }

    [Fact]
    public void Leases_go_to_the_repository_where_the_state_folder_cannot_be_written()
    {
        File.WriteAllText(repository.Environment.StateDirectory, "a file stands in the way");
        var root = repository.AddWorktree("a");
        var narrator = new RecordingNarrator();

        var ports = SetupOf.Worktree(repository, root, narrator).Ports();

        Assert.Equal(
            ErrorCatalogue.StateFolderUnwritable,
            Assert.Single(narrator.Warnings).Definition
        );
        Assert.True(
            File.Exists(Path.Combine(repository.Root, ".git", "worktree-hooks", "leases.json"))
        );
        Assert.Equal(ports, SetupOf.Worktree(repository, root).Ports());
    }

    [Fact]
    public void The_names_of_a_narrowed_range_move_and_the_others_stay()
    {
        WriteConfigurationText(
            """{ "ports": { "A": { "main": 1, "range": "6100-6110" }, "B": { "main": 2, "range": "6200-6210" } } }"""
        );
        var root = repository.AddWorktree("a");
        var before = SetupOf.Worktree(repository, root).Ports();
        WriteConfigurationText(
            """{ "ports": { "A": { "main": 1, "range": "6120-6130" }, "B": { "main": 2, "range": "6200-6210" } } }"""
        );

        var after = SetupOf.Worktree(repository, root).Ports();

        Assert.InRange(after[0], 6120, 6130);
        Assert.Equal(before[1], after[1]);
    }

    private string LeaseFile => Path.Combine(repository.Environment.StateDirectory, "leases.json");

    private void DeleteLeases() => File.Delete(LeaseFile);

    private IReadOnlyList<Lease> Leases() =>
        LeaseStore
            .Open(
                repository.Environment,
                Path.Combine(repository.Root, ".git"),
                new RecordingNarrator()
            )
            .Query();

    private Diagnostic Refused(string root) =>
        Assert.Throws<WorktreeHooksException>(() => SetupOf.Worktree(repository, root)).Diagnostic;

    private void WriteConfiguration(string range) =>
        WriteConfigurationText(
            $$"""{ "ports": { "CACHE_PORT": { "main": 6379, "range": "{{range}}" } } }"""
        );

    private void WriteConfigurationText(string text) =>
        File.WriteAllText(Path.Combine(repository.Root, "worktree.json"), text);

    // As wide as the default ranges, but away from what may run on a user's machine.
    private static string PrivateRanges() => Ranges(41000, 42000, 43000);

    private static string Ranges(params int[] starts) =>
        "{ \"ports\": {"
        + string.Join(
            ",",
            starts.Select(
                (s, i) =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"\"P{i}\": {{ \"main\": {i + 1}, \"range\": \"{s}-{s + 98}\" }}"
                    )
            )
        )
        + "} }";
}
