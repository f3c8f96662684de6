using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>A start that fails says why, leaves nothing, and succeeds when what was wrong is mended.</summary>
public sealed class ComposeFaultTests
{
    private const string Sound = """
        services: { web: { image: busybox, command: sleep 1000, init: true } }

        """;

    // Until it is cancelled, this start waits.
    private const string NeverReady = """
        services:
          web:
            image: busybox
            command: sleep 1000
            stop_grace_period: 4s
            healthcheck: { test: "exit 1", interval: 60s }

        """;

    [SkippableFact]
    public void A_migration_that_fails_is_said_with_its_last_words()
    {
        var error = RefusedAndMended(
            """
            services:
              migrate: { image: busybox, command: sh -c "echo no such table; exit 3" }
              web:
                image: busybox
                command: sleep 1000
                depends_on: { migrate: { condition: service_completed_successfully } }

            """,
            ErrorCatalogue.ServiceFailed
        );

        Assert.Contains("'migrate'", error.Message, StringComparison.Ordinal);
        Assert.Contains("exit code 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("no such table", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_container_that_exits_is_said_with_its_last_words()
    {
        var error = RefusedAndMended(
            """
            services:
              db: { image: busybox, command: sleep 1000, init: true }
              web:
                image: busybox
                command: sh -c "echo no such option; exit 7"
                ports: ["${APP_PORT}:80"]

            """,
            ErrorCatalogue.ServiceFailed
        );

        Assert.Contains("'web'", error.Message, StringComparison.Ordinal);
        Assert.Contains("exit code 7", error.Message, StringComparison.Ordinal);
        Assert.Contains("no such option", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_container_that_exits_again_and_again_is_said_after_the_time_that_worktree_json_gives_it()
    {
        var error = RefusedAndMended(
            """
            services:
              web:
                image: busybox
                command: sh -c "echo no database; exit 1"
                restart: always
                healthcheck: { test: "exit 1", interval: 60s }

            """,
            ErrorCatalogue.ServiceNotReady,
            settings: """ "composeTimeout": 3 """
        );

        Assert.Contains("was not ready after 3 s", error.Message, StringComparison.Ordinal);
        Assert.Contains("no database", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"composeTimeout\"", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_health_check_that_never_passes_is_said_with_what_it_says()
    {
        var error = RefusedAndMended(
            """
            services:
              web:
                image: busybox
                command: sleep 1000
                init: true
                healthcheck: { test: "echo not today; exit 1", interval: 1s, retries: 2 }

            """,
            ErrorCatalogue.ServiceNotReady
        );

        Assert.Contains("not today", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void An_image_that_cannot_be_had_is_named_with_its_service()
    {
        var error = RefusedAndMended(
            """
            services:
              db: { image: busybox, command: sleep 1000, init: true }
              web: { image: registry.invalid/no-such-image }

            """,
            ErrorCatalogue.ImageNotFound
        );

        Assert.Contains("service 'web'", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            "'registry.invalid/no-such-image' is not here",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [SkippableFact]
    public void A_command_that_is_not_in_the_image_is_named_with_its_service()
    {
        var error = RefusedAndMended(
            """
            services:
              web: { image: busybox, command: [no-such-command] }

            """,
            ErrorCatalogue.EngineRefused
        );

        Assert.Contains("service 'web'", error.Message, StringComparison.Ordinal);
        Assert.Contains("no-such-command", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Address_pools_that_are_used_up_are_answered_with_what_to_do()
    {
        PrivateEngine.RequireDocker("there are 65,536 address pools");
        using var stack = new EngineStack(Sound);
        for (var i = 0; PrivateEngine.TryDocker("network", "create", $"wth-{i}").ExitCode == 0; i++)
        {
            Assert.True(i < 100, "the address pools have no end");
        }

        var error = stack.Refused(ErrorCatalogue.AddressPoolsUsedUp);

        Assert.Contains("default-address-pools", error.Message, StringComparison.Ordinal);
        PrivateEngine.Docker("network", "prune", "--force");
        stack.Start(stack.Root);
    }

    [SkippableFact]
    public void A_full_disk_of_the_engine_is_told()
    {
        PrivateEngine.RequireDocker("images and containers lie in one folder");
        using var stack = new EngineStack(Sound);
        PrivateEngine.Clean();
        using (SmallDisk.UnderTheEngine())
        {
            var error = stack.Refused(ErrorCatalogue.EngineDiskFull);

            Assert.Contains("docker system df", error.Message, StringComparison.Ordinal);
        }
        stack.Start(stack.Root);
    }

    [SkippableFact]
    public void A_full_disk_under_a_services_data_is_told_by_the_services_own_words()
    {
        PrivateEngine.RequireRoot();
        using var stack = new EngineStack(
            """
            services:
              web:
                image: busybox
                command: sh -c "dd if=/dev/zero of=/data/rows bs=1k count=500 && sleep 1000"
                init: true
                ports: ["${APP_PORT}:80"]
                volumes: ["./var:/data"]
                healthcheck: { test: "[ $$(wc -c < /data/rows) = 512000 ]", interval: 1s }

            """
        );
        var folder = Directory.CreateDirectory(Path.Combine(stack.Root, "var")).FullName;
        using (new SmallDisk(folder, "100k"))
        {
            var error = stack.Refused(ErrorCatalogue.ServiceFailed);

            Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
        }
        stack.Start(stack.Root);
    }

    [SkippableFact]
    public void An_engine_that_ends_in_the_middle_is_told_and_the_next_start_cleans()
    {
        PrivateEngine.RequireDocker("containers do not end with the service");
        using var stack = new EngineStack(NeverReady);
        var start = Task.Run(() => stack.Run(stack.Root, "start"));
        PrivateEngine.Await("the container runs", () => EngineStack.Ids("webserver").Length > 0);

        PrivateEngine.Kill();

        var answer = start.GetAwaiter().GetResult();
        RunnerProgram.AssertRefused(answer, ErrorCatalogue.EngineUnreachable);
        Assert.Contains(
            "what was started could not be taken back",
            answer.ErrorOutput,
            StringComparison.Ordinal
        );
        PrivateEngine.Await(
            "the engine is there again",
            () => PrivateEngine.TryDocker("version").ExitCode == 0
        );
        stack.Write(Sound);
        stack.Start(stack.Root);
        Assert.Single(EngineStack.Ids("webserver"));
        stack.Stop(stack.Root);
        Assert.Empty(EngineStack.Ids("webserver"));
    }

    [Fact]
    public void Without_an_engine_it_says_in_one_line_what_to_do()
    {
        using var repository = new TestRepository();
        repository.Write("compose.yaml", Sound);
        var environment = repository.Environment.With("DOCKER_HOST", "unix:///no/such.sock");

        var answer = ChildProcess.Run(environment, repository.Root, RunnerProgram.Path, ["start"]);

        RunnerProgram.AssertRefused(answer, ErrorCatalogue.EngineUnreachable);
        Assert.Contains("/no/such.sock", answer.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("Start Docker or Podman", answer.ErrorOutput, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Ctrl_C_takes_back_what_was_started_and_ends_with_130()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(NeverReady);
        var log = stack.Repository.Beside("start.log");
        var process = DetachedProcess.Start(
            new DetachedStart(
                // Whoever runs the tests in the background ignores the signal, and so would the child.
                ["env", "--default-signal=INT", RunnerProgram.Path, "start"],
                stack.Root,
                stack.Repository.Environment.Variables,
                log
            )
        );
        PrivateEngine.Await("the container runs", () => EngineStack.Ids("webserver").Length > 0);

        // As a terminal does it: to the whole group, so to a running docker command too.
        ChildProcess.Run(
            HostEnvironment.Capture(),
            stack.Root,
            "kill",
            ["-INT", "--", $"-{process.Group}"]
        );

        int? exitCode = null;
        PrivateEngine.Await(
            "it ended",
            () =>
                !ProcessTable.IsAlive(process)
                && (exitCode = DetachedProcess.ExitCodeOf(process)) is not null
        );
        Assert.Equal(130, exitCode);
        Assert.Contains("cancelled", File.ReadAllText(log), StringComparison.Ordinal);
        Assert.Empty(EngineStack.Ids("webserver"));
        Assert.Empty(PrivateEngine.Docker("network", "ls", "-q", "-f", "name=webserver"));
        stack.Write(Sound);
        Assert.Equal(0, stack.Run(stack.Root, "start").ExitCode);
    }

    private static WorktreeHooksException RefusedAndMended(
        string compose,
        ErrorDefinition definition,
        string settings = ""
    )
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(compose, settings);
        var error = stack.Refused(definition);
        stack.Write(Sound);
        stack.Start(stack.Root);
        Assert.Single(EngineStack.Ids("webserver"));
        return error;
    }
}
