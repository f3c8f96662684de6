using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>Services of worktree.json beside containers of a compose file: of a former start of ours, and the user's own.</summary>
public sealed class BesideComposeTests
{
    private const string Compose = """
        services:
          db: { image: busybox, command: sleep 1000, init: true, volumes: ["./files:/files", "/data"] }

        """;

    private const string Process = """ "services": { "app": { "command": "exec sleep 1000" } } """;

    private const string Image =
        """ "services": { "app": { "image": "busybox", "command": ["sleep", "1000"] } } """;

    private static readonly string[] DockerCompose = ["exec", "--", "docker", "compose"];

    [SkippableTheory]
    [InlineData(Process)]
    [InlineData(Image)]
    public void What_the_user_has_started_by_docker_compose_is_left_by_a_start_and_a_stop(
        string services
    )
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Compose, services);
        var root = stack.AddWorktree("x");
        stack.Run(root, [.. DockerCompose, "up", "--detach", "db"]);
        stack.Run(root, [.. DockerCompose, "run", "--detach", "db", "sleep", "1000"]);
        var theirs = EngineStack.Ids("webserver_x");
        Assert.Equal(2, theirs.Length);
        stack.Start(root);
        stack.Stop(root);
        Directory.CreateDirectory(Path.Combine(root, "files"));
        File.WriteAllText(Path.Combine(root, "files", "rows"), "own\n");

        stack.Start(root);
        Restart(stack, root);
        stack.Stop(root);

        Assert.Equal(theirs, EngineStack.Ids("webserver_x"));
        Assert.Equal(2, ImageRepository.Ids(root).Length);
        Assert.Equal("own\n", File.ReadAllText(Path.Combine(root, "files", "rows")));
        Assert.DoesNotContain(
            stack.Narrator.Lines,
            l => l.Contains("remov", StringComparison.Ordinal)
        );
        Assert.Equal(2, stack.Narrator.Lines.Count(l => l == "stopped app"));
    }

    [SkippableTheory]
    [InlineData(Process, true)]
    [InlineData(Image, true)]
    [InlineData(Process, false)]
    [InlineData(Image, false)]
    public void What_a_start_of_the_compose_file_has_left_goes_once_and_its_volumes_stay(
        string services,
        bool isStart
    )
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Compose);
        var root = stack.AddWorktree("x");
        stack.Start(root);
        stack.Run(root, [.. DockerCompose, "-p", "twin", "up", "--detach", "db"]);
        var volumes = PrivateEngine.Docker("volume", "ls", "--quiet");
        var file = Path.Combine(root, "worktree.json");
        File.WriteAllText(file, File.ReadAllText(file).TrimEnd().TrimEnd('}') + services + "}");

        if (isStart)
        {
            stack.Start(root);
        }
        else
        {
            stack.Stop(root);
        }

        Assert.Empty(EngineStack.Ids("webserver_x"));
        Assert.DoesNotContain("webserver_x_default", ImageRepository.Networks(root));
        Assert.Single(EngineStack.Ids("twin"));
        Assert.Equal(volumes, PrivateEngine.Docker("volume", "ls", "--quiet"));
        Assert.Contains(
            "removing webserver_x-db-1: services stand in worktree.json now; volumes stay",
            stack.Narrator.Lines
        );
        stack.Run(root, [.. DockerCompose, "up", "--detach", "db"]);
        stack.Start(root);
        stack.Stop(root);
        Assert.Single(EngineStack.Ids("webserver_x"));
        var removed = stack.Run(stack.Root, "remove", "x", "--force");
        Assert.True(removed.ExitCode == 0, removed.ErrorOutput);
        Assert.Empty(PrivateEngine.Docker("volume", "ls", "--quiet"));
    }

    [SkippableTheory]
    [InlineData(Process)]
    [InlineData(Image)]
    public void After_a_stop_what_runs_of_the_compose_file_is_the_users(string services)
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Compose);
        var root = stack.AddWorktree("x");
        stack.Start(root);
        stack.Stop(root);
        var file = Path.Combine(root, "worktree.json");
        File.WriteAllText(file, File.ReadAllText(file).TrimEnd().TrimEnd('}') + services + "}");
        stack.Run(root, [.. DockerCompose, "up", "--detach", "db"]);
        var theirs = Assert.Single(EngineStack.Ids("webserver_x"));

        stack.Start(root);
        stack.Stop(root);

        Assert.Equal([theirs], EngineStack.Ids("webserver_x"));
    }

    [SkippableFact]
    public void An_image_is_not_started_on_a_database_that_a_container_of_the_users_has()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            Compose,
            Image.Replace(
                "\"image\"",
                "\"volumes\": [\"./files:/files\"], \"image\"",
                StringComparison.Ordinal
            )
        );
        stack.Run(stack.Root, [.. DockerCompose, "up", "--detach", "db"]);

        var error = Assert.Throws<WorktreeHooksException>(() => stack.Start(stack.Root));

        Assert.Equal(ErrorCatalogue.DataDirectoryMounted, error.Diagnostic.Definition);
        Assert.Single(EngineStack.Ids("webserver"));
    }

    private static void Restart(EngineStack stack, string root)
    {
        var answer = stack.Run(root, "restart");
        Assert.True(answer.ExitCode == 0, answer.ErrorOutput);
    }
}
