using System.Globalization;
using System.Net.Sockets;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>Compose stacks on a real engine: started, repaired and stopped beside each other, and strangers in their way.</summary>
public sealed class ComposeStackTests
{
    private const string Web = """
        services:
          web:
            image: busybox
            container_name: fixed-name
            command: sh -c "mkdir -p /w && echo $$HOSTNAME > /w/index.html && exec busybox httpd -f -p 80 -h /w"
            init: true
            ports: ["${APP_PORT}:80", "47131:80"]
            volumes: ["./files:/files", "data:/data"]
        volumes: { data: { name: fixed-volume } }

        """;

    private const string WithStep = """
        services:
          migrate: { image: busybox, command: "true" }
          web:
            image: busybox
            command: sleep 1000
            init: true
            depends_on: { migrate: { condition: service_completed_successfully } }

        """;

    [SkippableFact]
    public void Main_and_a_worktree_run_at_once_a_second_start_changes_nothing_and_stop_needs_no_file()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web);
        stack.Start(stack.Root);
        var root = stack.AddWorktree("x");
        stack.Start(root);
        var main = EngineStack.Ids("webserver");
        var linked = EngineStack.Ids("webserver_x");
        Assert.Single(main);
        Assert.Single(linked);
        Assert.Equal(
            "fixed-name",
            PrivateEngine.Docker(
                "ps",
                "--format",
                "{{.Names}}",
                "--filter",
                "label=com.docker.compose.project=webserver"
            )
        );

        stack.Start(root);
        Assert.Equal(linked, EngineStack.Ids("webserver_x"));
        Assert.Contains("the stack runs already; nothing was changed", stack.Narrator.Lines);

        File.Delete(Path.Combine(root, "compose.yaml"));
        stack.Stop(root);
        Assert.Empty(EngineStack.Ids("webserver_x"));
        Assert.Equal(main, EngineStack.Ids("webserver"));
    }

    [SkippableFact]
    public void A_container_whose_log_cannot_be_read_costs_status_nothing()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            """
            services:
              web: { image: busybox, command: sleep 1000, init: true, logging: { driver: none } }

            """
        );
        stack.Start(stack.Root);
        var environment = stack.Repository.Environment with
        {
            Clock = new StoppedClock(TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(3)),
        };

        var row = StatusReport.Query(environment, stack.Root, stack.Narrator).Worktrees.Single();

        Assert.Equal("running", row.State);
        Assert.True(row.Idle);
    }

    [SkippableFact]
    public void A_stop_lets_a_service_end_by_itself()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            """
            services:
              db:
                image: busybox
                command: sh -c "trap 'echo closed > /files/state; exit 0' TERM; echo open > /files/state; while true; do sleep 0.1; done"
                volumes: ["./files:/files"]

            """
        );
        var state = Path.Combine(stack.Root, "files", "state");
        stack.Start(stack.Root);
        PrivateEngine.Await("it hears signals", () => File.Exists(state));

        stack.Stop(stack.Root);

        Assert.Equal("closed\n", File.ReadAllText(state));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stop_needs_neither_what_a_service_depended_on_nor_Compose(bool hasCompose)
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(WithStep);
        stack.Start(stack.Root);
        var environment = stack.Repository.Environment;
        if (hasCompose)
        {
            PrivateEngine.Docker(["rm", .. EngineStack.Ids("webserver", "migrate")]);
        }
        else
        {
            environment = environment.With("PATH", "/no/such/folder");
        }

        new StackCommands(environment, stack.Root, stack.Narrator).Stop(CancellationToken.None);

        Assert.Contains("stopped web", stack.Narrator.Lines);
        Assert.Empty(EngineStack.Ids("webserver"));
        Assert.Empty(
            PrivateEngine.Docker(
                "network",
                "ls",
                "-q",
                "-f",
                "label=com.docker.compose.project=webserver"
            )
        );
    }

    [SkippableFact]
    public void A_step_that_ends_with_0_is_done_and_a_start_after_it_changes_nothing()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(WithStep);
        stack.Start(stack.Root);
        Assert.Contains("migrate is done", stack.Narrator.Lines);
        stack.Start(stack.Root);
        Assert.Contains("the stack runs already; nothing was changed", stack.Narrator.Lines);
    }

    [SkippableFact]
    public void A_container_on_mains_port_is_named_with_the_command_that_stops_it()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web);
        using var stranger = new Stranger(
            "stranger",
            "--label",
            "com.docker.compose.project=other",
            "-p",
            $"{EngineStack.MainPort}:80"
        );

        var error = stack.Refused(ErrorCatalogue.MainPortHeld);

        Assert.Contains(
            $"container 'stranger' ({PrivateEngine.Shown("busybox")}) of project 'other' listens on it. Stop it ('docker compose --project-name other stop')",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [SkippableFact]
    public void A_worktrees_port_that_somebody_listens_on_is_replaced()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web);
        var root = stack.AddWorktree("x");
        var port = stack.Port(root);
        using var thief = PortProbe.Listen(port);

        stack.Start(root);

        Assert.NotEqual(port, stack.Port(root));
        Assert.Single(stack.Narrator.Warnings, w => w.Definition == ErrorCatalogue.PortReplaced);
    }

    [SkippableFact]
    public void A_held_port_that_has_no_name_is_refused_also_behind_one_that_has()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            """
            services:
              web: { image: busybox, command: sleep 1000, init: true, ports: ["${APP_PORT}:80", "${OTHER}:81"] }

            """,
            settings: """ "composeTimeout": 5 """
        );
        stack.Repository.Write(".env", "OTHER=47132\n");
        var root = stack.AddWorktree("x");
        File.WriteAllText(Path.Combine(root, ".env"), "OTHER=47133\n");
        var port = stack.Port(root);
        using var thief = PortProbe.Listen(port);
        using var other = PortProbe.Listen(47133);

        var error = Assert.Throws<WorktreeHooksException>(() => stack.Start(root));

        Assert.Equal(ErrorCatalogue.MainPortHeld, error.Diagnostic.Definition);
        Assert.Contains("publishes port 47133, and", error.Message, StringComparison.Ordinal);
        Assert.Empty(stack.Narrator.Warnings);
        Assert.Equal(port, stack.Port(root));
    }

    [SkippableTheory]
    [InlineData(EngineStack.MainPort)]
    [InlineData(47132)]
    public void A_udp_port_that_another_container_holds_is_replaced_in_a_worktree_and_its_holder_named_in_main(
        int published
    )
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            $$"""
            services:
              web: { image: busybox, command: sleep 1000, init: true, ports: ["{{published}}:53/udp"] }

            """
        );
        var root = stack.AddWorktree("x");
        stack.Start(root);
        var port = Published();
        stack.Stop(root);
        Assert.NotEqual(published, port);
        using (new Stranger("resolver", "-p", $"{port}:53/udp"))
        {
            stack.Start(root);

            Assert.NotEqual(port, Published());
            var warning = Assert.Single(stack.Narrator.Warnings);
            Assert.Equal(ErrorCatalogue.PortReplaced, warning.Definition);
            Assert.Contains("container 'resolver'", warning.Message, StringComparison.Ordinal);
        }
        using var second = new Stranger("second", "-p", $"{published}:53/udp");

        var error = stack.Refused(ErrorCatalogue.MainPortHeld);

        Assert.Contains("container 'second'", error.Message, StringComparison.Ordinal);

        int Published() =>
            int.Parse(
                PrivateEngine
                    .Docker("port", EngineStack.Ids("webserver_x").Single(), "53/udp")
                    .Split('\n')[0]
                    .Split(':')[^1],
                CultureInfo.InvariantCulture
            );
    }

    [SkippableTheory]
    [InlineData("tcp")]
    [InlineData("udp")]
    public void A_container_on_the_other_protocol_of_a_port_is_not_in_its_way(string published)
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            $$"""
            services:
              web: { image: busybox, command: busybox httpd -f -p 53, init: true, ports: ["${APP_PORT}:53/{{published}}"] }

            """
        );
        var other = published == "tcp" ? "udp" : "tcp";
        using var stranger = new Stranger("other", "-p", $"{EngineStack.MainPort}:53/{other}");

        stack.Start(stack.Root);

        Assert.Single(EngineStack.Ids("webserver"));
    }

    [SkippableFact]
    public void A_udp_port_of_main_that_a_program_holds_is_refused()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            """
            services:
              web: { image: busybox, command: sleep 1000, init: true, ports: ["${APP_PORT}:53/udp"] }

            """
        );
        using var holder = new UdpClient(EngineStack.MainPort, AddressFamily.InterNetwork);

        var error = stack.Refused(ErrorCatalogue.MainPortHeld);

        Assert.Contains(
            $"publishes port {EngineStack.MainPort} ('APP_PORT'), and another program listens on it",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [SkippableFact]
    public void A_database_directory_that_another_container_has_mounted_is_refused()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web);
        Directory.CreateDirectory(Path.Combine(stack.Root, "files"));
        using var stranger = new Stranger("second", "-v", $"{stack.Root}/files:/x");

        var error = stack.Refused(ErrorCatalogue.DataDirectoryMounted);

        Assert.Contains("Stop it ('docker stop second')", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("./rows:/var/lib/postgresql/data", "{ROOT}/rows:/x", "{ROOT}/rows")]
    [InlineData("./rows:/rows", "{ROOT}/rows:/x", "{ROOT}/rows")]
    [InlineData("rows:/var/lib/postgresql/data", "webserver_rows:/x", "webserver_rows")]
    public void A_postgres_is_not_started_on_what_another_container_has_mounted_and_its_own_is_none(
        string mount,
        string others,
        string named
    )
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            $$"""
            services:
              db:
                image: postgres:15
                environment: { POSTGRES_PASSWORD: secret{{(mount.EndsWith(
                ":/rows",
                StringComparison.Ordinal
            )
                ? ", PGDATA: /rows/pg"
                : "")}} }
                volumes: ["{{mount}}"]
              web: { image: busybox, command: sleep 1000, init: true }
            volumes: { rows: }

            """
        );
        Directory.CreateDirectory(Path.Combine(stack.Root, "rows"));
        using (new Stranger("second", "-v", InRoot(others)))
        {
            var error = stack.Refused(ErrorCatalogue.DataDirectoryMounted);

            Assert.StartsWith(
                $"'{InRoot(named)}' is mounted by container 'second'",
                error.Message,
                StringComparison.Ordinal
            );
        }
        using var editor = new Stranger("editor", "-v", InRoot("{ROOT}:/src"));
        stack.Repository.Write(
            "worktree.json",
            $$"""{ "ports": { "APP_PORT": { "main": {{EngineStack.MainPort}} } }, "databases": [] }"""
        );
        stack.Start(stack.Root);
        var db = EngineStack.Ids("webserver", "db");
        PrivateEngine.Docker("kill", EngineStack.Ids("webserver", "web").Single());

        stack.Start(stack.Root);

        Assert.Equal(db, EngineStack.Ids("webserver", "db"));

        string InRoot(string text) => text.Replace("{ROOT}", stack.Root, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void All_stacks_are_started_and_stopped_by_one_command_each()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web);
        stack.AddWorktree("x");

        var started = stack.Run(stack.Root, "start", "--all");

        Assert.True(started.ExitCode == 0, started.ErrorOutput);
        Assert.Contains("main: web is ready", started.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("x: web is ready", started.ErrorOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("is left alone", started.ErrorOutput, StringComparison.Ordinal);
        Assert.Single(EngineStack.Ids("webserver"));
        Assert.Single(EngineStack.Ids("webserver_x"));

        var stopped = stack.Run(stack.Root, "stop", "--all");

        Assert.True(stopped.ExitCode == 0, stopped.ErrorOutput);
        Assert.Empty(EngineStack.Ids("webserver"));
        Assert.Empty(EngineStack.Ids("webserver_x"));
    }

    [SkippableFact]
    public void A_service_of_a_profile_is_started_where_the_worktrees_env_file_names_the_profile()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            """
            services:
              web: { image: busybox, command: sleep 1000, init: true }
              admin: { image: busybox, command: sleep 1000, init: true, profiles: [tools] }

            """
        );
        var root = stack.AddWorktree("x");
        File.WriteAllText(Path.Combine(root, ".env"), "COMPOSE_PROFILES=tools\n");

        stack.Start(stack.Root);
        stack.Start(root);

        Assert.Empty(EngineStack.Ids("webserver", "admin"));
        Assert.Single(EngineStack.Ids("webserver", "web"));
        Assert.Single(EngineStack.Ids("webserver_x", "admin"));
        Assert.Single(EngineStack.Ids("webserver_x", "web"));
    }

    [SkippableFact]
    public void Mains_own_stack_under_its_former_project_name_is_recognised_by_its_ports_and_by_its_data()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web);
        Former(stack, "up", "--detach");

        var byPort = stack.Run(stack.Root, "start");
        Assert.Equal(1, byPort.ExitCode);
        Assert.Contains("WTH2006", byPort.ErrorOutput, StringComparison.Ordinal);
        const string remedy =
            "It was started from this folder, as project 'former': stop it ('docker compose --project-name former down'";
        Assert.Contains(remedy, byPort.ErrorOutput, StringComparison.Ordinal);

        File.WriteAllText(
            Path.Combine(stack.Root, "compose.override.yaml"),
            "services: { web: { ports: !reset [], container_name: !reset null } }\n"
        );
        var byData = stack.Run(stack.Root, "start");
        Assert.Contains("WTH5036", byData.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains(remedy, byData.ErrorOutput, StringComparison.Ordinal);

        // As the message says.
        PrivateEngine.Docker("compose", "--project-name", "former", "down");
        Assert.Equal(0, stack.Run(stack.Root, "start").ExitCode);
    }

    [SkippableFact]
    public void Doctor_takes_the_ports_of_this_worktrees_containers_for_its_own()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web);
        stack.Start(stack.Root);

        Assert.Contains(
            $"{EngineStack.MainPort}, held by this worktree's own stack",
            stack.Run(stack.Root, "doctor").Output,
            StringComparison.Ordinal
        );
    }

    [SkippableFact]
    public void A_port_that_this_user_may_not_listen_on_is_left_to_the_engine_which_may()
    {
        PrivateEngine.RequireRoot();
        using var stack = new EngineStack(Web);
        stack.Repository.Write(
            "worktree.json",
            """{ "ports": { "APP_PORT": { "main": 443 } }, "databases": [] }"""
        );
        // Somebody who is not root, and may use the engine.
        var environment = stack.Repository.Environment;
        var plugins = stack.Repository.Beside("docker");
        Require("cp", "-rL", environment.Variable("DOCKER_CONFIG")!, plugins);
        Require("chown", "-R", "65534:65534", stack.Repository.Outside);
        Require("chmod", "a+rx", PrivateEngine.Folder);
        Require("chmod", "a+rw", Path.Combine(PrivateEngine.Folder, "docker.sock"));
        var variables = new Dictionary<string, string>(
            environment.Variables,
            StringComparer.Ordinal
        )
        {
            ["DOCKER_CONFIG"] = plugins,
        };
        string[] start =
        [
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            RunnerProgram.Path,
            "start",
        ];

        var answer = ChildProcess.Run(
            environment with
            {
                Variables = variables,
            },
            stack.Root,
            "setpriv",
            start
        );

        Assert.True(answer.ExitCode == 0, answer.ErrorOutput);
        Assert.NotEmpty(stack.Answer(443));
        // The folder that a service mounts was made before the engine would have made it as root's.
        var folder = Path.Combine(stack.Root, "files");
        var owner = ChildProcess.Run(environment, stack.Root, "stat", "-c", "%u", folder);
        Assert.Equal("65534", owner.Output.Trim());

        void Require(params string[] command) =>
            Assert.Equal(
                0,
                ChildProcess.Run(environment, stack.Root, command[0], command[1..]).ExitCode
            );
    }

    // As it was started before Worktree.Hooks gave it a name.
    private static void Former(EngineStack stack, params string[] command)
    {
        var environment = stack.Repository.Environment;
        var answer = ChildProcess.Run(
            environment with
            {
                Variables = new Dictionary<string, string>(
                    environment.Variables,
                    StringComparer.Ordinal
                )
                {
                    ["APP_PORT"] = $"{EngineStack.MainPort}",
                },
            },
            stack.Root,
            "docker",
            ["compose", "--project-name", "former", .. command]
        );
        Assert.True(answer.ExitCode == 0, answer.ErrorOutput);
    }
}
