using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>What gone worktrees left where no label of ours leads to it: on another machine, and in volumes without a name.</summary>
public sealed class RemainsTests
{
    /// <summary>A service with a volume that has a name and one that has none.</summary>
    internal const string Compose = """
        services:
          web:
            image: busybox
            command: sleep 1000
            init: true
            volumes: ["rows:/rows", "/data"]
        volumes: { rows: }

        """;

    // Nobody here can know that it is the same engine.
    private static string SameByAnotherName =>
        PrivateEngine.Address!.Replace("tcp:", "http:", StringComparison.Ordinal);

    [SkippableFact]
    public void Prune_removes_what_a_freed_lease_left_on_another_machine_when_that_engine_is_at_hand()
    {
        PrivateEngine.RequireAddress();
        using var stack = new EngineStack(Compose);
        var root = StartAndRemoveByGit(stack);
        Assert.Contains(
            $"WTH5055 ContainersLeft: 'webserver_x' ('{root}')",
            stack.RunWith(SameByAnotherName, stack.Root, "allocate").ErrorOutput
        );
        var kept = stack.RunWith(SameByAnotherName, stack.Root, "prune");

        Assert.Contains(
            $"Set DOCKER_HOST to '{PrivateEngine.Address}'",
            RunnerProgram.Succeed(kept).ErrorOutput
        );
        Assert.Empty(kept.Output);
        Assert.Single(EngineStack.Ids("webserver_x"));
        Assert.Contains("\"remains\"", stack.Leases);
        Assert.Contains(
            $"\"engine\": \"{PrivateEngine.Address}\"",
            stack.RunWith(SameByAnotherName, stack.Root, "prune", "--json").Output
        );

        var prune = stack.RunWith(PrivateEngine.Address!, stack.Root, "prune");

        Assert.Contains("removed 1 containers, 1 networks and 1 volumes of 'x'", prune.Output);
        Assert.Empty(prune.ErrorOutput);
        Assert.Empty(EngineStack.Ids("webserver_x"));
        Assert.Empty(PrivateEngine.Docker("network", "ls", "-q", "--filter", "name=webserver_x"));
        Assert.Empty(PrivateEngine.Docker("volume", "ls", "-q"));
        Assert.DoesNotContain("\"remains\"", stack.Leases);
        Assert.Contains(
            "nothing to prune",
            stack.RunWith(PrivateEngine.Address!, stack.Root, "prune").Output
        );
    }

    [SkippableFact]
    public void An_engine_that_is_gone_for_good_can_be_forgotten()
    {
        PrivateEngine.RequireAddress();
        using var stack = new EngineStack(Compose);
        StartAndRemoveByGit(stack);
        RunnerProgram.Succeed(stack.RunWith(SameByAnotherName, stack.Root, "allocate"));
        var wrong = stack.RunWith(
            SameByAnotherName,
            stack.Root,
            "prune",
            "--forget",
            "tcp://another:2375"
        );
        Assert.Contains(
            "--forget " + PrivateEngine.Address,
            RunnerProgram.Succeed(wrong).ErrorOutput
        );
        var forgotten = stack.RunWith(
            SameByAnotherName,
            stack.Root,
            "prune",
            "--forget",
            PrivateEngine.Address!
        );

        Assert.Contains(
            $"forgot what 1 worktrees that are gone left in the engine '{PrivateEngine.Address}'",
            RunnerProgram.Succeed(forgotten).ErrorOutput
        );
        Assert.DoesNotContain("WTH5055", forgotten.ErrorOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("\"remains\"", stack.Leases);
        Assert.Single(EngineStack.Ids("webserver_x"));
    }

    [SkippableFact]
    public void A_database_that_was_copied_on_another_machine_is_remembered_without_a_start()
    {
        PrivateEngine.RequireAddress();
        using var stack = new EngineStack(Compose);
        using var containers = new PostgresContainers();
        containers.StartServer("webserver_db-data");
        stack.Repository.Write(
            "worktree.json",
            """{ "databases": [{ "type": "postgres", "volume": "db-data" }] }"""
        );
        stack.Repository.Git("commit", "--quiet", "--all", "-m", "database");
        var root = stack.AddWorktree("x");
        RunnerProgram.Succeed(stack.RunWith(PrivateEngine.Address!, root, "allocate"));
        Assert.Contains("webserver_x_db-data", EngineStack.Volumes());
        stack.Repository.Git("worktree", "remove", "--force", root);

        var freed = stack.RunWith(SameByAnotherName, stack.Root, "allocate");
        var prune = stack.RunWith(PrivateEngine.Address!, stack.Root, "prune");

        Assert.Contains($"Set DOCKER_HOST to '{PrivateEngine.Address}'", freed.ErrorOutput);
        Assert.Contains("removed 0 containers, 0 networks and 1 volumes of 'x'", prune.Output);
        Assert.DoesNotContain("webserver_x_db-data", EngineStack.Volumes());
    }

    [SkippableFact]
    public void Remove_with_the_engine_on_another_machine_leaves_nothing_to_remember()
    {
        PrivateEngine.RequireAddress();
        using var stack = new EngineStack(Compose);
        var root = stack.AddWorktree("x");
        RunnerProgram.Succeed(stack.RunWith(PrivateEngine.Address!, root, "start"));

        RunnerProgram.Succeed(stack.RunWith(PrivateEngine.Address!, stack.Root, "remove", "x"));

        Assert.Empty(EngineStack.Ids("webserver_x"));
        Assert.DoesNotContain(PrivateEngine.Address!, stack.Leases);
    }

    [SkippableFact]
    public void A_volume_without_a_name_outlives_a_stop_and_goes_with_its_worktree_by_remove()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Compose);
        var root = stack.AddWorktree("x");
        var deleted = StopAfterStart(stack, root);
        PrivateEngine.Docker("volume", "rm", deleted);
        var volume = StopAfterStart(stack, root);
        Assert.Contains(volume, stack.Leases);
        Assert.DoesNotContain(deleted, stack.Leases);
        Assert.Contains(volume, EngineStack.Volumes());

        var removed = RunnerProgram.Succeed(stack.Run(stack.Root, "remove", "x"));

        Assert.Contains("and 2 volumes", removed.Output);
        Assert.Empty(EngineStack.Volumes());
        Assert.DoesNotContain(volume, stack.Leases);
    }

    [SkippableFact]
    public void Prune_removes_volumes_without_a_name_after_their_lease_was_freed_and_leaves_one_in_use()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Compose);
        var root = stack.AddWorktree("x");
        var used = StopAfterStart(stack, root);
        var unused = StopAfterStart(stack, root);
        using var stranger = new Stranger("stranger", "-v", $"{used}:/data");
        stack.Repository.Git("worktree", "remove", "--force", root);
        RunnerProgram.Succeed(stack.Run(stack.Root, "allocate"));
        Assert.Contains(unused, EngineStack.Volumes());

        var prune = RunnerProgram.Succeed(stack.Run(stack.Root, "prune"));

        Assert.Contains("removed 0 containers, 0 networks and 2 volumes of 'x'", prune.Output);
        Assert.Equal([used], EngineStack.Volumes());
        Assert.DoesNotContain("\"remains\"", stack.Leases);
        Assert.Contains("nothing to prune", stack.Run(stack.Root, "prune").Output);
    }

    [SkippableFact]
    public void A_stop_that_cannot_note_a_volume_says_so_and_stops()
    {
        PrivateEngine.RequireRoot();
        using var stack = new EngineStack(Compose);
        var root = stack.AddWorktree("x");
        var state = Directory.CreateDirectory(stack.Repository.Environment.StateDirectory).FullName;
        using var disk = new SmallDisk(state, "100k");
        stack.Start(root);
        using (var rest = File.Create(Path.Combine(state, "rest"), bufferSize: 0))
        {
            Assert.Throws<IOException>(() => rest.Write(new byte[100_000]));
        }

        stack.Stop(root);

        Assert.Empty(EngineStack.Ids("webserver_x"));
        Assert.Contains("stopped web", stack.Narrator.Lines);
        Assert.Contains(
            stack.Narrator.Lines,
            l => l.StartsWith("volumes without a name stay unnoted", StringComparison.Ordinal)
        );
        File.Delete(Path.Combine(state, "rest"));
    }

    [SkippableFact]
    public void A_volume_of_a_start_that_failed_is_remembered_too()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            Compose.Replace("sleep 1000", "\"false\"", StringComparison.Ordinal)
        );
        var root = stack.AddWorktree("x");
        Assert.Equal(1, stack.Run(root, "start").ExitCode);
        Assert.Equal(2, EngineStack.Volumes().Length);

        RunnerProgram.Succeed(stack.Run(stack.Root, "remove", "x"));

        Assert.Empty(EngineStack.Volumes());
    }

    [SkippableFact]
    public void A_volume_of_a_compose_file_whose_services_became_processes_is_remembered_too()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Compose);
        var root = stack.AddWorktree("x");
        stack.Start(root);
        File.WriteAllText(
            Path.Combine(root, "worktree.json"),
            """{ "databases": [], "services": { "app": { "command": "sleep 1000" } } }"""
        );
        stack.Start(root);
        Assert.Empty(EngineStack.Ids("webserver_x"));
        Assert.Equal(2, EngineStack.Volumes().Length);

        RunnerProgram.Succeed(stack.Run(stack.Root, "remove", "x", "--force"));

        Assert.Empty(EngineStack.Volumes());
    }

    [SkippableFact]
    public void Main_which_is_not_removed_remembers_none()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Compose);

        Assert.DoesNotContain(StopAfterStart(stack, stack.Root), stack.Leases);
    }

    private static string StartAndRemoveByGit(EngineStack stack)
    {
        var root = stack.AddWorktree("x");
        RunnerProgram.Succeed(stack.RunWith(PrivateEngine.Address!, root, "start"));
        stack.Repository.Git("worktree", "remove", "--force", root);
        return root;
    }

    private static string StopAfterStart(EngineStack stack, string root)
    {
        stack.Start(root);
        var volume = PrivateEngine.Docker([
            "inspect",
            "--format",
            """{{range .Mounts}}{{if eq .Destination "/data"}}{{.Name}}{{end}}{{end}}""",
            .. EngineStack.Ids(root == stack.Root ? "webserver" : "webserver_x"),
        ]);
        Assert.NotEmpty(volume);
        stack.Stop(root);
        Assert.Contains(volume, EngineStack.Volumes());
        return volume;
    }
}
