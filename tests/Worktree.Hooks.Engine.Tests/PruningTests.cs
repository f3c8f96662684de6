using System.Text.RegularExpressions;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>What <c>prune</c> and <c>remove</c> leave alone: what is not gone, what may not be, and what is not theirs.</summary>
public sealed partial class PruningTests
{
    private const string Compose = RemainsTests.Compose;

    [SkippableFact]
    public void What_worktrees_of_a_repository_that_was_moved_have_stays_and_is_named_until_it_is_removed_by_hand()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Compose);
        StartThree(stack);
        var moved = stack.Repository.Beside("moved");
        Directory.Move(stack.Root, moved);
        var other = stack.Repository.Beside("other");
        stack.Repository.GitIn(moved, "init", "--quiet", other);
        try
        {
            for (var attempt = 1; attempt <= 2; attempt++)
            {
                var kept = RunnerProgram.Succeed(stack.Run(other, "prune"));

                Assert.Contains(
                    $"WTH5055 ContainersLeft: what 'webserver_x' ('{stack.Repository.Beside("x")}') has",
                    kept.ErrorOutput
                );
                Assert.Contains($"nothing is at '{stack.Root}/.git' any more", kept.ErrorOutput);
                Assert.DoesNotContain("removed", kept.Output);
                Assert.DoesNotContain("nothing to prune", kept.Output);
            }
            Assert.Single(EngineStack.Ids("webserver"));
            Assert.Single(EngineStack.Ids("webserver_x"));
            Assert.Equal(6, EngineStack.Volumes().Length);
            var told = stack.Run(other, "prune", "--json");
            Assert.Equal(3, Regex.Count(told.Output, "\"gitDirectory\""));
            foreach (Match match in Commands().Matches(told.ErrorOutput))
            {
                var removal = ChildProcess.Run(
                    stack.Repository.Environment,
                    moved,
                    "sh",
                    "-ec",
                    match.Groups["commands"].Value
                );
                Assert.True(removal.ExitCode == 0, removal.ErrorOutput);
            }
            Assert.Empty(EngineStack.Ids("webserver"));
            Assert.Empty(EngineStack.Volumes());
            var last = RunnerProgram.Succeed(stack.Run(other, "prune"));
            Assert.Contains("nothing to prune", last.Output);
            Assert.DoesNotContain("\"remains\"", stack.Leases);
        }
        finally
        {
            Directory.Move(moved, stack.Root);
        }
    }

    [SkippableFact]
    public void What_a_moved_repository_goes_on_with_is_left_by_a_prune_of_a_clone_at_its_former_place()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Compose);
        StartThree(stack);
        var moved = stack.Repository.Beside("moved");
        Directory.Move(stack.Root, moved);
        foreach (var name in (string[])["x", "y"])
        {
            stack.Repository.GitIn(moved, "worktree", "repair", stack.Repository.Beside(name));
        }
        stack.Repository.GitIn(moved, "clone", "--quiet", moved, stack.Root);
        PrivateEngine.Docker(["rm", "--force", .. EngineStack.Ids("webserver_x")]);
        var y = stack.Repository.Beside("y");
        stack.Repository.GitIn(moved, "worktree", "remove", "--force", y);

        // Nothing was called in the moved repository yet: the work tree alone tells of it.
        var first = RunnerProgram.Succeed(stack.Run(stack.Root, "prune"));
        Assert.Contains("a work tree is at", first.ErrorOutput);
        Assert.Contains("webserver_x_rows", EngineStack.Volumes());
        Assert.DoesNotContain("webserver_y_rows", EngineStack.Volumes());

        foreach (var root in (string[])[moved, stack.Repository.Beside("x")])
        {
            RunnerProgram.Succeed(stack.Run(root, "allocate"));
        }
        var second = RunnerProgram.Succeed(stack.Run(stack.Root, "prune"));
        Assert.DoesNotContain("WTH5055", second.ErrorOutput);
        Assert.Contains("webserver_x_rows", EngineStack.Volumes());

        var other = stack.Repository.Beside("of-the-clone", "x");
        stack.Repository.GitIn(stack.Root, "worktree", "add", "--quiet", other);
        RunnerProgram.Succeed(stack.Run(stack.Root, "remove", other));
        Assert.Contains("webserver_x_rows", EngineStack.Volumes());
    }

    [SkippableFact]
    public void A_repository_that_comes_back_has_its_containers_again_and_what_it_removed_is_pruned()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Compose);
        StartThree(stack);
        var away = stack.Repository.Beside("away");
        Directory.Move(stack.Root, away);
        Assert.Contains(
            "'dotnet worktree prune' tells how to remove them",
            stack.Run(away, "allocate").ErrorOutput
        );
        Directory.Move(away, stack.Root);
        stack.Repository.Git("worktree", "remove", "--force", stack.Repository.Beside("x"));

        var prune = RunnerProgram.Succeed(stack.Run(stack.Root, "prune"));

        Assert.Contains("removed 1 containers, 1 networks and 1 volumes of 'x'", prune.Output);
        Assert.Single(EngineStack.Ids("webserver"));
        Assert.Single(EngineStack.Ids("webserver_y"));
        Assert.DoesNotContain("WTH5055", prune.ErrorOutput);
    }

    [SkippableFact]
    public void A_worktree_that_is_there_again_keeps_what_it_has()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Compose);
        var root = stack.AddWorktree("x");
        stack.Start(root);
        var gitDirectory = CheckoutLocator.Locate(root).GitDirectory;
        using var engine = ContainerEngine.Connect(stack.Repository.Environment, default);
        var pruning = new EnginePruning(engine, new HashSet<string>(), stack.Narrator, default);

        pruning.Run([new Remains(gitDirectory, "webserver_x", root, engine.Address, [])]);
        var rest = new RemovalContainers(engine, gitDirectory, default).RemoveRest(
            [],
            withVolumes: true
        );

        Assert.Empty(pruning.Removed);
        Assert.Empty(pruning.Done);
        Assert.Null(rest);
        Assert.Single(EngineStack.Ids("webserver_x"));
        Assert.Equal(2, EngineStack.Volumes().Length);
    }

    [SkippableFact]
    public void One_worktree_that_cannot_be_pruned_does_not_hold_up_the_others()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Compose);
        StartThree(stack);
        using var stranger = new Stranger("stranger", "-v", "webserver_y_rows:/rows");
        foreach (var name in (string[])["x", "y"])
        {
            stack.Repository.Git("worktree", "remove", "--force", stack.Repository.Beside(name));
        }

        var prune = stack.Run(stack.Root, "prune");

        Assert.Equal(1, prune.ExitCode);
        Assert.Contains("freed webserver_x", prune.Output);
        Assert.Contains("removed 1 containers, 1 networks and 1 volumes of 'x'", prune.Output);
        Assert.Contains("the removal of what 'y' left needs", prune.ErrorOutput);
        Assert.Contains("run 'dotnet worktree prune' again", prune.ErrorOutput);
        Assert.Equal(1, stack.Run(stack.Root, "prune").ExitCode);
        stranger.Dispose();
        Assert.Contains(
            "removed 0 containers, 0 networks and 1 volumes of 'y'",
            RunnerProgram.Succeed(stack.Run(stack.Root, "prune")).Output
        );
    }

    [SkippableFact]
    public void Another_machines_engine_in_which_a_gone_worktree_never_was_is_left_alone()
    {
        PrivateEngine.RequireAddress();
        using var stack = new EngineStack(Compose);
        var root = stack.AddWorktree("x");
        stack.Start(root);
        var address = PrivateEngine.Address!;
        stack.Repository.Git("worktree", "remove", "--force", root);
        RunnerProgram.Succeed(stack.RunWith(address, stack.Root, "allocate"));
        Assert.Equal("running", State("webserver_x"));
        root = stack.AddWorktree("x");
        stack.Start(root);
        RunnerProgram.Succeed(stack.RunWith(address, stack.Root, "remove", "x"));
        Assert.Equal("running", State("webserver_x"));
        root = stack.AddWorktree("x");
        stack.Start(root);
        stack.Repository.Git("worktree", "remove", "--force", root);
        var prune = RunnerProgram.Succeed(stack.RunWith(address, stack.Root, "prune"));

        Assert.Contains("freed webserver_x", prune.Output);
        Assert.Equal("running", State("webserver_x"));
        RunnerProgram.Succeed(stack.Run(stack.Root, "prune"));
        Assert.Empty(EngineStack.Ids("webserver_x"));
    }

    [SkippableFact]
    public void A_removal_that_git_refuses_after_the_stop_leaves_the_volumes_without_a_name()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            """
            services:
              web:
                image: busybox
                command: sh -c "trap 'touch /it/new; exit' TERM; touch /data/row; sleep 1000 & wait"
                volumes: [".:/it", "/data"]

            """
        );
        var root = stack.AddWorktree("x");
        stack.Start(root);
        var volume = Assert.Single(EngineStack.Volumes());

        var refused = stack.Run(stack.Root, "remove", "x");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("WTH5051", refused.ErrorOutput);
        Assert.True(File.Exists(Path.Combine(root, "new")));
        Assert.Equal([volume], EngineStack.Volumes());
        var removed = RunnerProgram.Succeed(stack.Run(stack.Root, "remove", "x", "--force"));
        Assert.Contains("and 1 volumes", removed.Output);
        Assert.Empty(EngineStack.Volumes());
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_volume_without_a_name_that_Compose_handed_on_to_a_new_container_goes_too(
        bool byRemove
    )
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Compose);
        var root = stack.AddWorktree("x");
        stack.Start(root);
        var before = EngineStack.Ids("webserver_x");
        File.WriteAllText(
            Path.Combine(root, "compose.yaml"),
            Compose.Replace("sleep 1000", "sleep 2000", StringComparison.Ordinal)
        );
        stack.Start(root);
        Assert.NotEqual(before, EngineStack.Ids("webserver_x"));
        Assert.Equal(2, EngineStack.Volumes().Length);

        if (byRemove)
        {
            RunnerProgram.Succeed(stack.Run(stack.Root, "remove", "x", "--force"));
        }
        else
        {
            stack.Repository.Git("worktree", "remove", "--force", root);
            RunnerProgram.Succeed(stack.Run(stack.Root, "prune"));
        }

        Assert.Empty(EngineStack.Volumes());
    }

    private static void StartThree(EngineStack stack)
    {
        stack.Start(stack.Root);
        stack.Start(stack.AddWorktree("x"));
        stack.Start(stack.AddWorktree("y"));
    }

    private static string State(string project) =>
        PrivateEngine.Docker([
            "inspect",
            "--format",
            "{{.State.Status}}",
            .. EngineStack.Ids(project),
        ]);

    [GeneratedRegex(
        "remove that yourself: (?<commands>.*)\\. 'dotnet worktree prune --forget",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Commands();
}
