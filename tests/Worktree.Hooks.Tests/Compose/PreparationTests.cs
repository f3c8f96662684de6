using System.Text.Json.Nodes;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Compose;

/// <summary>Files found, variables handed on and ports leased, with the real Compose; versions with small fakes.</summary>
public sealed class PreparationTests
{
    private const string TwoLiterals =
        "services: { a: { image: x, ports: [\"8025:25\", \"${APP_PORT}:80\"] } }\n";

    [SkippableFact]
    public void A_literal_port_is_leased_and_stays_the_same()
    {
        ComposeRepository.RequireCompose();
        using var repository = new ComposeRepository(("compose.yaml", TwoLiterals));
        var root = repository.AddWorktree("x");
        var first = repository.Prepare(root).Allocation.LiteralPorts;
        var port = Assert.Single(first);
        SetupOf.Worktree(repository.Environment, root); // a build, which knows of no compose file

        Assert.Equal(8025, port.Key);
        Assert.InRange(port.Value, LiteralPorts.Range.First, LiteralPorts.Range.Last);
        Assert.Equal(first, repository.Prepare(root).Allocation.LiteralPorts);
    }

    [SkippableFact]
    public void A_literal_port_that_left_the_file_leaves_the_lease()
    {
        ComposeRepository.RequireCompose();
        using var repository = new ComposeRepository(("compose.yaml", TwoLiterals));
        var root = repository.AddWorktree("x");
        repository.Prepare(root);
        File.WriteAllText(Path.Combine(root, "compose.yaml"), "services: { a: { image: x } }\n");

        Assert.Empty(repository.Prepare(root).Allocation.LiteralPorts);
    }

    [SkippableFact]
    public void On_Podman_a_stop_may_take_as_long_as_Compose_says_where_the_file_does_not()
    {
        ComposeRepository.RequireCompose();
        using var repository = new ComposeRepository(
            (
                "compose.yaml",
                "services: { a: { image: x }, b: { image: x, stop_grace_period: 3s } }\n"
            )
        );
        var podman = repository.Prepare(repository.Root, repository.Environment, isForPodman: true);
        var services = ComposeRepository.Config(podman)["services"]!;
        Assert.Equal("10s", (string?)services["a"]!["stop_grace_period"]);
        Assert.Equal("3s", (string?)services["b"]!["stop_grace_period"]);

        var docker = repository.Prepare(repository.Root);
        services = ComposeRepository.Config(docker)["services"]!;
        Assert.Null(services["a"]!["stop_grace_period"]);
    }

    [SkippableFact]
    public void Mains_literal_ports_are_reserved_for_main()
    {
        ComposeRepository.RequireCompose();
        // Where main publishes what a worktree could otherwise get for APP_PORT.
        using var repository = new ComposeRepository(
            (
                "worktree.json",
                """{ "ports": { "APP_PORT": { "main": 47001, "range": "47002-47003" } }, "databases": [] }"""
            ),
            ("compose.yaml", "services: { a: { image: x, ports: [\"47002:80\"] } }\n")
        );
        repository.Prepare(repository.Root);

        Assert.Equal(
            [47003],
            SetupOf.Worktree(repository.Environment, repository.AddWorktree("x")).Ports()
        );
    }

    [SkippableFact]
    public void Every_env_file_is_read_and_the_worktrees_variables_beat_them_and_the_shell()
    {
        ComposeRepository.RequireCompose();
        using var repository = new ComposeRepository(
            (".env", "FROM_ENV=1\nBOTH=env\nAPP_PORT=1\n"),
            (
                "compose.yaml",
                "services: { a: { image: \"${FROM_ENV}-${BOTH}-${MINE}\", environment: { P: \"${APP_PORT}\" } } }\n"
            )
        );
        File.WriteAllText(Path.Combine(repository.Root, ".env.local"), "BOTH=local\nMINE=2\n");
        var environment = repository.Environment with
        {
            Variables = new Dictionary<string, string>(
                repository.Environment.Variables,
                StringComparer.Ordinal
            )
            {
                ["APP_PORT"] = "9",
            },
        };
        var a = ComposeRepository.Config(repository.Prepare(repository.Root, environment))[
            "services"
        ]!["a"]!;

        Assert.Equal("1-local-2", a["image"]!.GetValue<string>());
        Assert.Equal("5001", a["environment"]!["P"]!.GetValue<string>());
    }

    [SkippableFact]
    public void The_files_that_COMPOSE_ENV_FILES_names_come_in_the_place_of_the_env_file()
    {
        ComposeRepository.RequireCompose();
        using var repository = new ComposeRepository(
            (".env", "WORD=wrong\n"),
            ("one.env", "COMPOSE_PROFILES=debug\nWORD=one\nBOTH=one\nLOCAL=one\n"),
            ("env/two.env", "BOTH=two\n"),
            (
                "compose.yaml",
                "services: { a: { image: \"${WORD}-${BOTH}-${LOCAL}\", profiles: [debug] } }\n"
            )
        );
        File.WriteAllText(Path.Combine(repository.Root, ".env.local"), "LOCAL=local\n");

        var prepared = repository.Prepare(repository.Root, Named("one.env, env/two.env"));

        var (name, a) = Assert.Single(prepared.Enabled);
        Assert.Equal(("a", "one-two-local"), (name, a.Image));
        var missing = Assert.Throws<WorktreeHooksException>(() =>
            repository.Prepare(repository.Root, Named("one.env,no.env"))
        );
        Assert.Equal(ErrorCatalogue.ComposeFileRefused, missing.Diagnostic.Definition);
        Assert.Contains("no.env", missing.Message, StringComparison.Ordinal);

        HostEnvironment Named(string files) =>
            repository.Environment.With("COMPOSE_ENV_FILES", files);
    }

    [SkippableFact]
    public void The_file_that_worktree_json_names_is_used_with_the_override_beside_it()
    {
        ComposeRepository.RequireCompose();
        using var repository = new ComposeRepository(
            ("worktree.json", """{ "compose": "deploy/stack.yml" }"""),
            ("compose.yaml", "services: { wrong: { image: x } }\n"),
            ("deploy/stack.yml", "services: { right: { image: x, volumes: [\"./data:/d\"] } }\n"),
            ("deploy/stack.override.yml", "services: { right: { image: y } }\n")
        );
        var root = repository.AddWorktree("x");
        var services = ComposeRepository.Config(repository.Prepare(root))["services"]!.AsObject();

        var (name, right) = Assert.Single(services);
        Assert.Equal(("right", "y"), (name, right!["image"]!.GetValue<string>()));
        Assert.Equal(
            Path.Combine(root, "deploy", "data"),
            right["volumes"]![0]!["source"]!.GetValue<string>()
        );
    }

    [SkippableFact]
    public void Only_the_services_of_the_wished_profiles_are_started()
    {
        ComposeRepository.RequireCompose();
        using var repository = new ComposeRepository(
            (".env", "COMPOSE_PROFILES=debug, other\n"),
            (
                "compose.yaml",
                "services: { a: { image: x }, b: { image: x, profiles: [debug] }, c: { image: x, profiles: [no] } }\n"
            )
        );

        Assert.Equal(
            ["a", "b"],
            repository.Prepare(repository.Root).Enabled.Select(s => s.Key).Order()
        );
    }

    [SkippableFact]
    public void The_profiles_of_the_env_file_beside_the_compose_file_are_wished_for_too()
    {
        ComposeRepository.RequireCompose();
        using var repository = new ComposeRepository(
            ("worktree.json", """{ "compose": "deploy/compose.yaml" }"""),
            ("deploy/.env", "COMPOSE_PROFILES=debug\n"),
            (
                "deploy/compose.yaml",
                "services: { a: { image: x }, b: { image: x, profiles: [debug] } }\n"
            )
        );

        Assert.Equal(
            ["a", "b"],
            repository.Prepare(repository.Root).Enabled.Select(s => s.Key).Order()
        );
    }

    [SkippableFact]
    public void A_port_that_only_a_worktrees_own_env_file_names_is_not_taken_for_mains()
    {
        ComposeRepository.RequireCompose();
        using var repository = new ComposeRepository(
            ("worktree.json", """{ "ports": {}, "databases": [] }"""),
            ("compose.yaml", "services: { a: { image: x, ports: [\"${CHOSEN:-8025}:25\"] } }\n")
        );
        var root = repository.AddWorktree("x");
        File.WriteAllText(Path.Combine(root, ".env"), "CHOSEN=8026\n");

        var a = ComposeRepository.Config(repository.Prepare(root))["services"]!["a"]!;

        Assert.Equal("8026", a["ports"]![0]!["published"]!.GetValue<string>());
    }

    [SkippableFact]
    public void What_the_shell_has_emptied_beats_the_env_file()
    {
        ComposeRepository.RequireCompose();
        using var repository = new ComposeRepository(
            (".env", "COMPOSE_PROFILES=debug\nCOMPOSE_FILE=other.yaml\n"),
            ("compose.yaml", "services: { a: { image: x }, b: { image: x, profiles: [debug] } }\n"),
            ("other.yaml", "services: { c: { image: x }, d: { image: x, profiles: [debug] } }\n")
        );

        Assert.Equal(["c", "d"], Services(repository.Environment));
        Assert.Equal(["c"], Services(repository.Environment.With("COMPOSE_PROFILES", "")));
        Assert.Equal(["a", "b"], Services(repository.Environment.With("COMPOSE_FILE", "")));

        IEnumerable<string> Services(HostEnvironment environment) =>
            repository.Prepare(repository.Root, environment).Enabled.Select(s => s.Key).Order();
    }

    [SkippableFact]
    public void Exec_gives_docker_compose_its_project_env_files_and_override()
    {
        ComposeRepository.RequireCompose();
        using var repository = new ComposeRepository(("compose.yaml", TwoLiterals));
        var root = repository.AddWorktree("x");
        var answer = ChildProcess.Run(
            repository.Environment,
            root,
            RunnerProgram.Path,
            "exec",
            "--",
            "docker",
            "compose",
            "config",
            "--format",
            "json"
        );

        Assert.True(answer.ExitCode == 0, answer.ErrorOutput);
        var config = JsonNode.Parse(answer.Output)!;
        Assert.Equal("webserver_x", config["name"]!.GetValue<string>());
        Assert.NotEqual(
            "8025",
            config["services"]!["a"]!["ports"]![0]!["published"]!.GetValue<string>()
        );
    }

    [SkippableTheory]
    [InlineData("--profile", "x", "-f", "other.yaml")]
    [InlineData("-p", "mine", "--file=other.yaml")]
    [InlineData("--ansi", "never", "--verbose", "-fother.yaml")]
    public void Exec_adds_no_files_to_those_that_a_command_line_names_itself(
        params string[] options
    )
    {
        ComposeRepository.RequireCompose();
        using var repository = new ComposeRepository(
            ("compose.yaml", TwoLiterals),
            ("other.yaml", "services: { other: { image: x, ports: [\"${APP_PORT}:80\"] } }\n")
        );
        var answer = ChildProcess.Run(
            repository.Environment,
            repository.Root,
            RunnerProgram.Path,
            ["exec", "--", "docker", "compose", .. options, "config", "--services"]
        );

        Assert.True(answer.ExitCode == 0, answer.ErrorOutput);
        Assert.Equal("other\n", answer.Output);
    }

    [SkippableFact]
    public void A_file_that_compose_refuses_is_named_with_its_reason()
    {
        ComposeRepository.RequireCompose();
        using var repository = new ComposeRepository(
            ("compose.yaml", "services: { a: { imagine: x } }\n")
        );
        var error = AssertRefused(repository, ErrorCatalogue.ComposeFileRefused);

        Assert.Contains("imagine", error.Message, StringComparison.Ordinal);
        Assert.Equal(Path.Combine(repository.Root, "compose.yaml"), error.Diagnostic.File);
    }

    [Fact]
    public void A_file_that_is_named_and_not_there_is_refused()
    {
        using var repository = new ComposeRepository(
            ("worktree.json", """{ "compose": "deploy/stack.yml" }""")
        );

        AssertRefused(repository, ErrorCatalogue.ComposeFileNotFound);
    }

    [Theory]
    [InlineData("exit 125", null, "no Compose plugin")]
    [InlineData("echo v1.29.2", null, "1.29.2 is too old")]
    [InlineData("exit 1", "echo 1.29.2", "1.29.2 is too old")]
    public void Compose_1_or_none_is_said_with_what_works_without_it(
        string docker,
        string? standalone,
        string said
    )
    {
        using var repository = new ComposeRepository(("compose.yaml", TwoLiterals));
        using var tools = new FakeTools(("docker", docker), ("docker-compose", standalone));
        var error = Assert.Throws<WorktreeHooksException>(() =>
            repository.Prepare(repository.Root, tools.In(repository.Environment))
        );

        Assert.Equal(ErrorCatalogue.ComposeUnavailable, error.Diagnostic.Definition);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Contains(".env.local", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_docker_is_told_so()
    {
        using var repository = new ComposeRepository(("compose.yaml", TwoLiterals));
        using var tools = new FakeTools();
        var error = Assert.Throws<WorktreeHooksException>(() =>
            repository.Prepare(repository.Root, tools.In(repository.Environment))
        );

        Assert.Contains("'docker' is not on the PATH", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_compose_below_2_24_4_serves_main_and_what_needs_no_override_and_refuses_the_rest()
    {
        ComposeRepository.RequireCompose();
        using var repository = new ComposeRepository(("compose.yaml", TwoLiterals));
        using var tools = new FakeTools(
            (
                "docker",
                $"[ \"$2\" = version ] && echo 2.20.3 || PATH='{RealPath}' exec docker \"$@\""
            )
        );
        var environment = tools.In(repository.Environment);
        var root = repository.AddWorktree("x");
        repository.Prepare(repository.Root, environment);

        var error = Assert.Throws<WorktreeHooksException>(() =>
            repository.Prepare(root, environment)
        );
        Assert.Equal(ErrorCatalogue.ComposeTooOld, error.Diagnostic.Definition);
        Assert.Contains("the ports of 'a'", error.Message, StringComparison.Ordinal);

        File.WriteAllText(
            Path.Combine(root, "compose.yaml"),
            "services: { a: { image: x, ports: [\"${APP_PORT}:80\"], volumes: [\"vol:/d\"] } }\nvolumes: { vol: { name: fixed } }\n"
        );
        repository.Prepare(root, environment);
    }

    private static string RealPath => HostEnvironment.Capture().Variable("PATH")!;

    private static WorktreeHooksException AssertRefused(
        ComposeRepository repository,
        ErrorDefinition definition
    )
    {
        var error = Assert.Throws<WorktreeHooksException>(() =>
            repository.Prepare(repository.Root)
        );
        Assert.Equal(definition, error.Diagnostic.Definition);
        return error;
    }
}
