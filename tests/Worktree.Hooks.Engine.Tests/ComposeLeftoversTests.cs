using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>Containers of services that the compose file does not have any more.</summary>
public sealed class ComposeLeftoversTests
{
    private const string Web = """
        services:
          web:
            image: busybox
            command: sh -c "mkdir -p /w && echo hello > /w/index.html && exec busybox httpd -f -p 80 -h /w"
            init: true
            ports: ["${APP_PORT}:80"]
            volumes: ["./files:/files"]

        """;

    private const string Db = """
          db:
            image: busybox
            command: sh -c "trap 'echo closed > /files/state; exit 0' TERM; echo open > /files/state; while true; do sleep 0.1; done"
            volumes: ["./files:/files", "/data"]

        """;

    private const string Tools = """
          tools: { image: busybox, command: sleep 1000, init: true, profiles: [tools] }

        """;

    private const string RunsAlready = "the stack runs already; nothing was changed";

    [SkippableFact]
    public void A_service_that_was_renamed_gives_its_port_to_its_successor_in_main_and_in_a_worktree()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web);
        var linked = stack.AddWorktree("x");
        foreach (
            var (root, project) in new[] { (stack.Root, "webserver"), (linked, "webserver_x") }
        )
        {
            stack.Start(root);
            var port = stack.Port(root);
            File.WriteAllText(
                Path.Combine(root, "compose.yaml"),
                Web.Replace("web:", "site:", StringComparison.Ordinal)
            );

            stack.Start(root);

            Assert.Empty(EngineStack.Ids(project, "web"));
            Assert.Single(EngineStack.Ids(project, "site"));
            Assert.Equal(port, stack.Port(root));
            Assert.Equal("hello", stack.Answer(port));
            Assert.Contains(
                $"removing {project}-web-1: web is not in the compose file any more; volumes stay",
                stack.Narrator.Lines
            );
        }
        Assert.Empty(stack.Narrator.Warnings);
    }

    [SkippableFact]
    public void A_service_that_was_taken_out_may_end_by_itself_and_its_volume_stays()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web + Db);
        stack.Start(stack.Root);
        var state = Path.Combine(stack.Root, "files", "state");
        PrivateEngine.Await("it hears signals", () => File.Exists(state));
        var volume = PrivateEngine.Docker([
            "inspect",
            "--format",
            """{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}}{{end}}{{end}}""",
            .. EngineStack.Ids("webserver", "db"),
        ]);
        Assert.NotEmpty(volume);
        var web = EngineStack.Ids("webserver", "web");
        stack.Write(Web);

        stack.Start(stack.Root);

        Assert.Contains(RunsAlready, stack.Narrator.Lines);
        Assert.Equal(web, EngineStack.Ids("webserver"));
        Assert.Equal("closed\n", File.ReadAllText(state));
        Assert.Equal(volume, PrivateEngine.Docker("volume", "ls", "-q", "-f", $"name={volume}"));
    }

    [SkippableFact]
    public void What_somebody_else_started_and_a_profile_that_is_off_are_left()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web + Db + Tools);
        stack.Start(stack.Root);
        string[] compose = ["exec", "--", "docker", "compose"];
        stack.Run(stack.Root, [.. compose, "--profile", "tools", "up", "--detach", "tools"]);
        stack.Run(stack.Root, [.. compose, "run", "--detach", "web", "sleep", "1000"]);
        using var stranger = new Stranger(
            "stranger",
            "--label",
            "com.docker.compose.project=webserver",
            "--label",
            "com.docker.compose.service=mail"
        );
        stack.Repository.Write("other.yaml", "services: { web: { ports: !override [] } }\n");
        stack.Run(
            stack.Root,
            [.. compose, "-p", "twin", "-f", "compose.yaml", "-f", "other.yaml", "up", "--detach"]
        );
        Assert.Equal(5, EngineStack.Ids("webserver").Length);
        Assert.Equal(2, EngineStack.Ids("twin").Length);
        stack.Write(Web + Tools);

        stack.Start(stack.Root);

        Assert.Empty(EngineStack.Ids("webserver", "db"));
        Assert.Equal(4, EngineStack.Ids("webserver").Length);
        stack.Stop(stack.Root);
        Assert.Equal(2, EngineStack.Ids("twin").Length);
    }

    [SkippableFact]
    public void What_other_compose_files_that_are_still_there_have_made_is_left()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web);
        stack.Repository.Write("more.yaml", "services:\n" + Db);
        var environment = stack.Repository.Environment.With(
            "COMPOSE_FILE",
            "compose.yaml:more.yaml"
        );
        new StackCommands(environment, stack.Root, stack.Narrator).Start(
            new StackOptions(),
            CancellationToken.None
        );
        Assert.Single(EngineStack.Ids("webserver", "db"));

        stack.Start(stack.Root);
        Assert.Single(EngineStack.Ids("webserver", "db"));

        File.Delete(Path.Combine(stack.Root, "more.yaml"));
        stack.Start(stack.Root);
        Assert.Empty(EngineStack.Ids("webserver", "db"));
    }

    [SkippableFact]
    public void A_worktree_whose_only_service_was_renamed_while_it_ran_keeps_its_database()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web);
        stack.Repository.Write("files/rows", "main\n");
        var root = stack.AddWorktree("x");
        stack.Start(root);
        File.WriteAllText(Path.Combine(root, "files", "rows"), "own\n");
        File.WriteAllText(
            Path.Combine(root, "compose.yaml"),
            Web.Replace("web:", "site:", StringComparison.Ordinal)
        );

        stack.Start(root);

        Assert.Equal("own\n", File.ReadAllText(Path.Combine(root, "files", "rows")));
    }

    [SkippableFact]
    public void Processes_that_stood_in_worktree_json_make_way_for_the_compose_file()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            Web,
            """ "services": { "old": { "command": "exec sleep 1000" } } """
        );
        stack.Start(stack.Root);
        var settings = Path.Combine(stack.Root, "worktree.json");
        var text = File.ReadAllText(settings);
        File.WriteAllText(
            settings,
            text.Replace(
                "\"old\": { \"command\": \"exec sleep 1000\" }",
                "",
                StringComparison.Ordinal
            )
        );

        stack.Start(stack.Root);

        Assert.Contains("stopped old", stack.Narrator.Lines);
        Assert.Single(EngineStack.Ids("webserver"));
    }

    [SkippableFact]
    public void Services_that_stood_in_worktree_json_make_way_for_the_compose_file()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            Web,
            """ "services": { "old": { "image": "busybox", "command": ["sleep", "1000"], "ports": { "APP_PORT": 80 } } } """
        );
        var settings = Path.Combine(stack.Root, "worktree.json");
        var withServices = File.ReadAllText(settings);
        var cut = withServices.IndexOf("\"services\"", StringComparison.Ordinal);
        var withoutServices = withServices[..cut].TrimEnd().TrimEnd(',') + "}";

        stack.Start(stack.Root);
        Assert.Single(ImageRepository.Ids(stack.Root));
        File.WriteAllText(settings, withoutServices);
        stack.Start(stack.Root);
        Assert.Equal(
            EngineStack.Ids("webserver", "web").Select(i => i[..12]),
            ImageRepository.Ids(stack.Root)
        );
        stack.Stop(stack.Root);

        File.WriteAllText(settings, withServices);
        stack.Start(stack.Root);
        File.WriteAllText(settings, withoutServices);
        stack.Stop(stack.Root);
        Assert.Empty(ImageRepository.Containers(stack.Root));
        Assert.Contains("stopped old", stack.Narrator.Lines);
    }
}
