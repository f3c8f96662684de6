using System.Text.Json;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>What a worktree has in the engine is seen while it is there, and goes when it goes.</summary>
public sealed class GoneWorktreeTests : IDisposable
{
    private const string ForOneAlone =
        "mkdir /var/rows/deep && touch /var/rows/deep/file && chmod 700 /var/rows/deep";

    private readonly TestRepository repository = new();
    private readonly string project = "wth" + Guid.NewGuid().ToString("N")[..8];

    public GoneWorktreeTests()
    {
        repository.Write("worktree.json", $$"""{ "project": "{{project}}", "databases": [] }""");
        repository.Write(
            "docker-compose.yml",
            """
            services:
              app:
                image: busybox
                command: sleep 1000
                init: true
                ports: ["${APP_PORT:-5001}:80"]
                volumes: ["rows:/rows", "./var:/var/rows"]
            volumes:
              rows:
            """
        );
        repository.Write(".gitignore", "var/\n");
        repository.Git("add", ".");
        repository.Git("commit", "--quiet", "-m", "stack");
    }

    public void Dispose()
    {
        if (PrivateEngine.IsThere)
        {
            PrivateEngine.Clean();
        }
        PrivateEngine.HandBack(repository.Outside);
        repository.Dispose();
    }

    [SkippableFact]
    public void Status_shows_containers_with_their_memory_and_sees_one_that_was_killed()
    {
        PrivateEngine.Require();
        var worktree = Up("feature-x");

        var running = Status("feature-x");
        Assert.Equal("running", running.GetProperty("state").GetString());
        Assert.Equal(
            PrivateEngine.HasControlGroups,
            running.GetProperty("memoryBytes").GetInt64() > 0
        );
        var app = running.GetProperty("services")[0];
        Assert.Equal("app", app.GetProperty("name").GetString());
        Assert.Equal("running", app.GetProperty("state").GetString());

        PrivateEngine.Docker("kill", app.GetProperty("container").GetString()!);

        Assert.Equal("stopped", Status("feature-x").GetProperty("state").GetString());
        Assert.Equal(0, Run(worktree, "exec", "--", "docker", "compose", "down").ExitCode);
    }

    [SkippableFact]
    public void Remove_takes_containers_networks_and_volumes_and_leaves_those_of_others()
    {
        PrivateEngine.Require();
        Up("feature-x");
        var other = Up("feature-y");

        var removed = Run(repository.Root, "remove", "feature-x");

        Assert.True(removed.ExitCode == 0, removed.ErrorOutput);
        Assert.Contains("with 1 containers, 1 networks and 1 volumes", removed.Output);
        Assert.Equal([$"{project}_feature-y-app-1"], Names("ps", "--all"));
        Assert.Single(Names("network", "ls"));
        Assert.Single(Names("volume", "ls"));
        Assert.True(Directory.Exists(other));
    }

    [SkippableFact]
    public void The_next_allocation_stops_the_containers_of_a_worktree_that_git_removed_and_prune_removes_them()
    {
        PrivateEngine.Require();
        var worktree = Up("feature-x");
        repository.Git("worktree", "remove", "--force", worktree);

        var allocation = Run(repository.Root, "allocate");

        Assert.Contains(
            $"stopped the containers {project}_feature-x-app-1",
            allocation.ErrorOutput
        );
        Assert.Empty(Names("ps"));
        Assert.Single(Names("ps", "--all"));
        Assert.Single(Names("volume", "ls"));

        var prune = Run(repository.Root, "prune");

        Assert.Contains(
            "removed 1 containers, 1 networks and 1 volumes of 'feature-x'",
            prune.Output
        );
        Assert.Empty(Names("ps", "--all"));
        Assert.Empty(Names("network", "ls"));
        Assert.Empty(Names("volume", "ls"));
        Assert.Contains("nothing to prune", Run(repository.Root, "prune").Output);
    }

    [SkippableFact]
    public void Without_an_engine_a_dead_worktree_is_told_and_found_later()
    {
        PrivateEngine.Require();
        var worktree = Up("feature-x");
        repository.Git("worktree", "remove", "--force", worktree);

        var allocation = Run(
            [("DOCKER_HOST", $"unix://{repository.Beside("none.sock")}")],
            repository.Root,
            "allocate"
        );

        Assert.Equal(0, allocation.ExitCode);
        Assert.Contains($"WTH5055 ContainersLeft: '{project}_feature-x'", allocation.ErrorOutput);
        Assert.Single(Names("ps"));

        Run(repository.Root, "prune");
        Assert.Empty(Names("ps", "--all"));
    }

    [SkippableFact]
    public void An_allocation_without_a_dead_worktree_asks_no_engine()
    {
        PrivateEngine.Require();
        var worktree = Up("feature-x");
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();

        var allocation = Run(
            [("DOCKER_HOST", $"tcp://{silent.LocalEndpoint}")],
            worktree,
            "allocate"
        );

        Assert.Equal(0, allocation.ExitCode);
        Assert.False(silent.Pending());
    }

    [SkippableFact]
    public void Remove_deletes_what_a_containers_user_left_where_this_user_may_not()
    {
        PrivateEngine.RequireRoot();
        Skip.IfNot(File.Exists("/usr/bin/setpriv"), "needs setpriv to be another user");
        var worktree = Up("feature-x");
        InContainer(ForOneAlone);
        // As nobody, to whom all but what the container made belongs.
        Root("chown", "-R", "65534:65534", repository.Outside);
        Root("chown", "-R", "0:0", Path.Combine(worktree, "var", "deep"));
        PrivateEngine.LetEverybodyIn();

        var removed = ChildProcess.Run(
            repository.Environment,
            repository.Root,
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            RunnerProgram.Path,
            "remove",
            "feature-x"
        );

        Assert.True(removed.ExitCode == 0, removed.ErrorOutput);
        Assert.False(Directory.Exists(worktree));
    }

    [SkippableFact]
    public void Remove_deletes_what_a_user_of_a_rootless_engines_container_left()
    {
        PrivateEngine.RequireRootless();
        var worktree = Up("feature-x");
        InContainer($"{ForOneAlone} && chown -R 999 /var/rows/deep");

        var removed = Run(repository.Root, "remove", "feature-x");

        Assert.True(removed.ExitCode == 0, removed.ErrorOutput);
        Assert.False(Directory.Exists(worktree));
    }

    private void InContainer(string script) =>
        PrivateEngine.Docker("exec", $"{project}_feature-x-app-1", "sh", "-c", script);

    private void Root(string command, params string[] arguments) =>
        ChildProcess.Run(repository.Environment, repository.Outside, command, arguments);

    private string Up(string name)
    {
        var worktree = repository.AddWorktree(name);
        var up = Run(worktree, "exec", "--", "docker", "compose", "up", "--detach");
        Assert.True(up.ExitCode == 0, up.Output + up.ErrorOutput);
        return worktree;
    }

    private JsonElement Status(string name) =>
        JsonDocument
            .Parse(Run(repository.Root, "status", "--json").Output)
            .RootElement.GetProperty("worktrees")
            .EnumerateArray()
            .Single(w => w.GetProperty("worktree").GetProperty("name").GetString() == name);

    private string[] Names(params string[] list) =>
        Lines([.. list, "--format", list[0] == "ps" ? "{{.Names}}" : "{{.Name}}"]);

    private string[] Ids(params string[] list) => Lines([.. list, "--quiet"]);

    private string[] Lines(string[] list) =>
        PrivateEngine
            .Docker([
                .. list,
                "--filter",
                "label=worktree-hooks.worktree",
                "--filter",
                $"name={project}",
            ])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private ProcessResult Run(string folder, params string[] arguments) =>
        Run([], folder, arguments);

    private ProcessResult Run(
        (string Name, string Value)[] variables,
        string folder,
        params string[] arguments
    )
    {
        var all = new Dictionary<string, string>(
            repository.Environment.Variables,
            StringComparer.Ordinal
        );
        foreach (var (name, value) in variables)
        {
            all[name] = value;
        }
        return ChildProcess.Run(
            repository.Environment with
            {
                Variables = all,
            },
            folder,
            RunnerProgram.Path,
            arguments
        );
    }
}
