using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Leases;

/// <summary>What a freed lease leaves behind in engines that no label leads back to.</summary>
public sealed class RemainsTests : IDisposable
{
    private const string There = "tcp://192.0.2.7:2375";
    private const string Here = "unix:///run/docker.sock";

    private readonly TestRepository repository = new();
    private readonly RecordingNarrator narrator = new();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void A_lease_that_is_taken_out_leaves_its_engines_and_no_ports_and_no_names()
    {
        var table = new LeaseTable(LeaseFile.Empty);
        var lease = LeaseWith(new EngineUse(There, []), new EngineUse(Here, ["a"]));
        table.Put(lease);

        table.Remove(lease);

        Assert.Empty(table.Leases);
        Assert.Equal([There, Here], table.Remains.Select(r => r.Engine));
        Assert.All(table.Remains, r => Assert.Equal(lease.GitDirectory, r.GitDirectory));
        Assert.Equal(["a"], table.Remains[1].Volumes);
    }

    [Fact]
    public void Two_gone_worktrees_of_one_name_leave_the_volumes_of_both()
    {
        var table = new LeaseTable(LeaseFile.Empty);
        table.Put(LeaseWith(new EngineUse(There, ["a", "b"])));
        table.Remove(table.Leases.Single());
        table.Put(LeaseWith(new EngineUse(There, ["b", "c"])));
        table.Remove(table.Leases.Single());

        Assert.Equal(["a", "b", "c"], Assert.Single(table.Remains).Volumes);
    }

    [Fact]
    public void What_is_noted_of_a_worktree_anew_is_not_forgotten_with_what_was_noted_before()
    {
        var table = new LeaseTable(LeaseFile.Empty);
        table.Put(LeaseWith(new EngineUse(There, ["a"])));
        table.Remove(table.Leases.Single());
        var seen = Assert.Single(table.Remains);
        table.Put(LeaseWith(new EngineUse(There, ["b"])));
        table.Remove(table.Leases.Single());

        table.Forget(seen.IsSameNote);

        Assert.False(Assert.Single(table.Remains).IsSameNote(seen));
        table.Forget(table.Remains[0].IsSameNote);
        Assert.Empty(table.Remains);
    }

    [Fact]
    public void An_engine_of_this_machine_is_remembered_only_for_its_volumes()
    {
        var lease = LeaseWith(new EngineUse(Here, ["a"])).With(new EngineUse(There, []));

        Assert.True(lease.HasRemoteEngine);
        Assert.Equal(["a"], lease.VolumesIn(Here));
        Assert.Equal(There, Assert.Single(lease.With(new EngineUse(Here, [])).Engines).Engine);
    }

    [Fact]
    public void The_engine_on_another_machine_is_remembered_beside_those_before_and_one_here_is_not()
    {
        var root = repository.AddWorktree("feature-x");
        SetupOf.Worktree(repository, root);
        foreach (var host in new[] { There, Here, There + "/", "ssh://me@there" })
        {
            RecordContainers(root, host);
        }

        var lease = Assert.Single(Leases(), l => l.Root == root);

        Assert.True(lease.HasContainers);
        Assert.Equal([There, "ssh://me@there"], lease.Engines.Select(e => e.Engine));
        SetupOf.Worktree(repository, root);
        Assert.Equal(2, Leases().Single(l => l.Root == root).Engines.Count);
    }

    [Fact]
    public void A_prune_without_that_engine_keeps_what_is_there_and_names_it_once()
    {
        GoneWorktree();

        for (var attempt = 1; attempt <= 2; attempt++)
        {
            var told = new RecordingNarrator();
            var prune = Prune(told);

            Assert.Equal(There, Assert.Single(prune.Elsewhere).Engine);
            Assert.Empty(prune.Lines());
            var warning = Assert.Single(told.Warnings);
            Assert.Contains("'webserver_feature-x'", warning.Message, StringComparison.Ordinal);
            Assert.Contains(
                $"Set DOCKER_HOST to '{There}'",
                warning.Message,
                StringComparison.Ordinal
            );
            Assert.Contains(
                "then 'dotnet worktree prune' removes them; where",
                warning.Message,
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public void A_new_worktree_of_the_name_takes_over_what_the_gone_one_left()
    {
        GoneWorktree();
        Prune();
        var again = repository.AddWorktree("feature-x");

        Assert.Empty(Prune().Elsewhere);
        SetupOf.Worktree(repository, again);

        var lease = Assert.Single(Leases(), l => l.Root == again);
        Assert.Equal(There, Assert.Single(lease.Engines).Engine);
        Assert.True(lease.HasContainers);
        Assert.DoesNotContain(
            "remains",
            File.ReadAllText(PathOfLeases()),
            StringComparison.Ordinal
        );
    }

    private void GoneWorktree()
    {
        var root = repository.AddWorktree("feature-x");
        SetupOf.Worktree(repository, root);
        RecordContainers(root, There);
        repository.Git("worktree", "remove", "--force", root);
        SetupOf.Worktree(WithHost(NoEngine), repository.Root); // frees its lease
    }

    private PruneReport Prune(RecordingNarrator? told = null) =>
        WorktreePruning.Run(
            WithHost(NoEngine),
            repository.Root,
            told ?? narrator,
            CancellationToken.None
        );

    private string NoEngine => $"unix://{repository.Beside("none.sock")}";

    private HostEnvironment WithHost(string host) =>
        repository.Environment.With("DOCKER_HOST", host);

    private void RecordContainers(string root, string host)
    {
        var known = WorktreeSetup.Identify(root);
        LeaseAllocator.RecordContainers(
            WorktreeSetup.ToAllocationRequest(
                new SetupRequest(WithHost(host), root, DatabaseWish.Keep),
                known.Identity,
                known.Configuration
            ),
            narrator
        );
    }

    private IReadOnlyList<Lease> Leases() => Store().Query();

    private string PathOfLeases() => Store().Path;

    private LeaseStore Store() =>
        LeaseStore.Open(repository.Environment, Path.Combine(repository.Root, ".git"), narrator);

    private static Lease LeaseWith(params EngineUse[] engines) =>
        new()
        {
            GitDirectory = "/nowhere/.git/worktrees/x",
            CommonDirectory = "/nowhere/.git",
            Root = "/nowhere-x",
            ProjectName = "nowhere_x",
            Host = "x.dev.localhost",
            Ports = new Dictionary<string, int>(StringComparer.Ordinal) { ["A"] = 1 },
            MainPorts = [2],
            Engines = engines,
        };
}
