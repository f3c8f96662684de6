namespace Worktree.Hooks.Engine.Tests;

/// <summary>A compose file in which everything collides, started in main and in a worktree at once.</summary>
public sealed class CollisionTests
{
    // {MAIN} is main's folder: files name it outright, though they should not.
    private const string Everything = """
        name: fixed-project
        services:
          db:
            image: busybox
            container_name: fixed-db
            command: sh -c "cp /files/word /rows/word; exec sleep 1000"
            init: true
            ports: ["8025:25"]
            volumes: ["rows:/rows", "folder:/folder", "{MAIN}/files:/files"]
            networks: { back: { ipv4_address: 10.77.0.10, aliases: [database] } }
          migrate:
            image: busybox
            command: ping -c 1 fixed-db
            depends_on: { db: { condition: service_started } }
            networks: [back]
          app:
            build: { context: ., tags: ["fixed/app:latest"] }
            image: fixed/app:dev
            container_name: fixed-app
            command: sh -c "mkdir -p /w; cat /word /folder/word > /w/index.html; exec busybox httpd -f -p 80 -h /w"
            init: true
            ports: ["47101:80", "8030-8031:90"]
            volumes: ["folder:/folder"]
            networks: [back, shared, common]
            depends_on: { migrate: { condition: service_completed_successfully } }
          host:
            image: busybox
            network_mode: host
            init: true
            environment: { PORT: "${ADMIN_PORT}" }
            command: sh -c "mkdir -p /w; echo admin $$PORT > /w/index.html; exec busybox httpd -f -p $$PORT -h /w"
        networks:
          back: { name: fixed-back, ipam: { config: [{ subnet: 10.77.0.0/24 }] } }
          shared: { external: true, name: shared-proxy }
          common: { external: true, name: company, x-worktree-hooks: share }
        volumes:
          rows: { name: fixed-rows }
          folder: { name: fixed-folder, driver_opts: { type: none, o: bind, device: "{MAIN}/folder" } }

        """;

    [SkippableFact]
    public void Main_and_a_worktree_run_at_once_with_nothing_in_common_but_what_is_shared_by_wish()
    {
        PrivateEngine.RequireDocker("a port that may be one of several is not understood");
        PrivateEngine.Docker("network", "create", "shared-proxy");
        PrivateEngine.Docker("network", "create", "company");
        using var stack = new EngineStack("services: {}\n");
        stack.Repository.Write(
            "worktree.json",
            """
            {
              "ports": {
                "APP_PORT": { "main": 47101, "range": "47102-47120" },
                "ADMIN_PORT": { "main": 47201, "range": "47202-47220" }
              },
              "databases": []
            }
            """
        );
        stack.Write(Everything.Replace("{MAIN}", stack.Root, StringComparison.Ordinal));
        stack.Repository.Write("Dockerfile", "FROM busybox\nCOPY word /word\n");
        stack.Repository.Write("word", "main\n");
        stack.Repository.Write("files/word", "main\n");
        stack.Repository.Write("folder/word", "main\n");
        stack.Repository.Git("add", ".");
        stack.Repository.Git("commit", "--quiet", "-m", "everything");
        var root = stack.AddWorktree("x");
        foreach (var file in (string[])["word", "files/word", "folder/word"])
        {
            File.WriteAllText(Path.Combine(root, file), "worktree\n");
        }

        foreach (var each in (string[])[stack.Root, root])
        {
            var answer = stack.Run(each, "start");
            Assert.True(answer.ExitCode == 0, answer.ErrorOutput);
            Assert.Contains(
                "building the image of app, which may take a while",
                answer.ErrorOutput,
                StringComparison.Ordinal
            );
        }

        var port = stack.Port(root);
        Assert.Equal("main\nmain", stack.Answer(EngineStack.MainPort));
        Assert.Equal("worktree\nworktree", stack.Answer(port));
        Assert.Equal("admin 47201", stack.Answer(47201));
        Assert.Equal("main", Word("webserver"));
        Assert.Equal("worktree", Word("webserver_x"));
        Assert.Equal(4, EngineStack.Ids("webserver").Length);
        Assert.Equal(4, EngineStack.Ids("webserver_x").Length);
        Assert.Equal(["company", "fixed-back", "shared-proxy"], Networks("webserver"));
        Assert.Equal(
            ["company", "webserver_x_fixed-back", "webserver_x_shared-proxy"],
            Networks("webserver_x")
        );

        stack.Stop(root);
        Assert.Empty(EngineStack.Ids("webserver_x"));
        Assert.Equal("main\nmain", stack.Answer(EngineStack.MainPort));
    }

    private static string Word(string project) =>
        PrivateEngine.Docker("exec", EngineStack.Ids(project, "db").Single(), "cat", "/rows/word");

    private static string[] Networks(string project) =>
        [
            .. PrivateEngine
                .Docker([
                    "inspect",
                    "--format",
                    "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}",
                    .. EngineStack.Ids(project, "app"),
                ])
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Order(StringComparer.Ordinal),
        ];
}
