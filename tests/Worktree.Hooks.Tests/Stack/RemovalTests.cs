using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Stack;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Stack;

public sealed class RemovalTests : IDisposable
{
    private readonly TestRepository repository = new();
    private readonly RecordingNarrator narrator = new();
    private readonly string worktree;

    public RemovalTests()
    {
        repository.Write(
            "worktree.json",
            """{ "services": { "app": { "command": "sleep 1000" } } }"""
        );
        repository.Git("add", ".");
        repository.Git("commit", "--quiet", "-m", "stack");
        worktree = repository.AddWorktree("feature-x");
    }

    public void Dispose()
    {
        if (Directory.Exists(worktree))
        {
            new StackCommands(repository.Environment, worktree, narrator).Stop(default);
        }
        repository.Dispose();
    }

    [Theory]
    [InlineData("feature-x")]
    [InlineData("../feature-x")]
    [InlineData("topic")]
    public void A_removed_worktree_takes_its_stack_and_its_ports_with_it_and_leaves_its_branch(
        string named
    )
    {
        repository.GitIn(worktree, "branch", "--quiet", "-m", "topic");
        var app = Start();

        var report = Remove(named);

        Assert.False(ProcessTable.IsAlive(app.Process));
        Assert.False(Directory.Exists(worktree));
        Assert.DoesNotContain("feature-x", repository.Git("worktree", "list"));
        Assert.DoesNotContain(Leases(), l => l.Root == worktree);
        Assert.Equal(3, report.Ports.Count);
        Assert.Equal("topic", report.Branch);
        Assert.Contains("topic", repository.Git("branch", "--list", "topic"));
    }

    [Fact]
    public void A_worktree_with_changes_is_refused_and_its_stack_runs_on()
    {
        var app = Start();
        File.WriteAllText(Path.Combine(worktree, "new.txt"), "mine");

        var refused = Refuse();

        Assert.Contains("?? new.txt", refused.Message);
        Assert.True(ProcessTable.IsAlive(app.Process));
        Assert.Contains(Leases(), l => l.Root == worktree);

        Remove("feature-x", force: 1);
        Assert.False(Directory.Exists(worktree));
    }

    [Fact]
    public void A_locked_worktree_is_refused_with_the_reason_until_force_is_given_twice()
    {
        repository.Git("worktree", "lock", "--reason", "on a stick", worktree);

        Assert.Contains("on a stick", Refuse(force: 1).Message);

        Remove("feature-x", force: 2);
        Assert.False(Directory.Exists(worktree));
    }

    [Fact]
    public void A_worktree_with_submodules_is_refused_before_its_stack_is_stopped()
    {
        repository.GitIn(worktree, "submodule", "--quiet", "add", repository.Root, "lib");
        repository.GitIn(worktree, "commit", "--quiet", "-m", "submodule");
        var app = Start();

        Assert.Contains("submodules", Refuse().Message);
        Assert.True(ProcessTable.IsAlive(app.Process));
    }

    [Fact]
    public void Main_is_refused()
    {
        Assert.Contains("is the main worktree", Refuse("main", force: 2).Message);
        Assert.True(Directory.Exists(repository.Root));
    }

    [Fact]
    public void A_name_that_is_none_is_answered_with_the_nearest_one()
    {
        var refused = Refuse("featurex");

        Assert.Equal(ErrorCatalogue.NoSuchWorktree, refused.Diagnostic.Definition);
        Assert.Contains("Did you mean 'feature-x'?", refused.Message);
    }

    [Fact]
    public void A_worktree_whose_folder_is_gone_is_removed_with_what_runs_of_it()
    {
        var app = Start();
        Directory.Delete(worktree, recursive: true);

        Remove("feature-x");

        Assert.False(ProcessTable.IsAlive(app.Process));
        Assert.DoesNotContain("feature-x", repository.Git("worktree", "list"));
        Assert.DoesNotContain(Leases(), l => l.Root == worktree);
    }

    private StartedService Start()
    {
        new StackCommands(repository.Environment, worktree, narrator).Start(new(), default);
        return Assert.Single(StackState.Load(CheckoutLocator.Locate(worktree)).Services);
    }

    private RemovalReport Remove(string named, int force = 0) =>
        new WorktreeRemoval(repository.Environment, repository.Root, narrator).Run(
            named,
            force,
            default
        );

    private WorktreeHooksException Refuse(string named = "feature-x", int force = 0) =>
        Assert.Throws<WorktreeHooksException>(() => Remove(named, force));

    private IReadOnlyList<Lease> Leases() =>
        LeaseStore
            .Open(repository.Environment, Path.Combine(repository.Root, ".git"), narrator)
            .Query();
}
