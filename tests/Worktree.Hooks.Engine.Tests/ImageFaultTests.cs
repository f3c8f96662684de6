using System.Net.Sockets;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>What goes wrong while services that are images start: it is said, and nothing is left that the next start does not clean.</summary>
public sealed class ImageFaultTests : IDisposable
{
    private const string Idle = """
        "idle": { "image": "busybox", "command": ["sleep", "1000"] }
        """;

    private readonly ImageRepository repository = new();

    public void Dispose() => repository.Dispose();

    [SkippableFact]
    public void A_container_that_exits_is_said_with_its_last_words_and_all_is_taken_back()
    {
        PrivateEngine.Require();
        repository.Write(
            Idle
                + """
                , "app": { "image": "busybox", "command": "echo out of luck; exit 7", "dependsOn": ["idle"], "ready": { "tcp": 1 } }
                """
        );
        var refused = repository.Refused(repository.Root);

        Assert.Equal(ErrorCatalogue.ServiceFailed, refused.Definition);
        Assert.Contains("'app' ended with exit code 7", refused.Message, StringComparison.Ordinal);
        Assert.Contains("out of luck", refused.Message, StringComparison.Ordinal);
        AssertNothingIsLeft();
    }

    [SkippableFact]
    public void A_health_check_that_never_passes_is_said_with_what_it_says()
    {
        PrivateEngine.Require();
        repository.Write(
            """
            "app": { "image": "busybox", "command": ["sleep", "1000"], "health": "echo not today; exit 1", "ready": { "timeout": 11 } }
            """
        );
        var refused = repository.Refused(repository.Root);

        Assert.Equal(ErrorCatalogue.ServiceNotReady, refused.Definition);
        Assert.Contains("waited for its health check", refused.Message, StringComparison.Ordinal);
        Assert.Contains("says 'not today'", refused.Message, StringComparison.Ordinal);
        AssertNothingIsLeft();
    }

    [SkippableFact]
    public void An_image_that_nobody_has_is_said_before_anything_starts()
    {
        PrivateEngine.Require();
        repository.Write(
            Idle
                + """
                , "app": { "image": "localhost:1/no/such:image" }
                """
        );
        var refused = repository.Refused(repository.Root);

        Assert.Equal(ErrorCatalogue.ImageNotFound, refused.Definition);
        Assert.Contains(
            "service 'app' cannot be had: 'localhost:1/no/such:image'",
            refused.Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("starting idle", repository.Narrator.Lines);
        AssertNothingIsLeft();
    }

    [SkippableFact]
    public void A_full_disk_of_the_engine_is_said_and_the_next_start_works()
    {
        PrivateEngine.RequireDocker("images and containers lie in one folder");
        repository.Write(Idle);
        using (SmallDisk.UnderTheEngine())
        {
            var refused = repository.Refused(repository.Root);

            Assert.Equal(ErrorCatalogue.EngineDiskFull, refused.Definition);
            Assert.Contains("docker system df", refused.Message, StringComparison.Ordinal);
        }
        AssertNothingIsLeft();
        repository.Start(repository.Root);
    }

    [SkippableFact]
    public void A_full_disk_under_a_services_data_is_said_by_the_services_own_words()
    {
        PrivateEngine.RequireRoot();
        repository.Write(
            """
            "app": { "image": "busybox", "command": "dd if=/dev/zero of=/data/rows bs=1k count=500 && sleep 1000",
                     "volumes": ["./files:/data"], "health": "[ $(wc -c < /data/rows) = 512000 ]" }
            """
        );
        var folder = Directory.CreateDirectory(Path.Combine(repository.Root, "files")).FullName;
        using (new SmallDisk(folder, "100k"))
        {
            var refused = repository.Refused(repository.Root);

            Assert.Equal(ErrorCatalogue.ServiceFailed, refused.Definition);
            Assert.Contains("No space left on device", refused.Message, StringComparison.Ordinal);
        }
        AssertNothingIsLeft();
        repository.Start(repository.Root);
    }

    [SkippableFact]
    public void A_program_that_the_image_does_not_have_is_said()
    {
        PrivateEngine.Require();
        repository.Write(
            """  "app": { "image": "busybox", "command": ["no-such-program"], "init": false } """
        );

        var refused = repository.Refused(repository.Root);

        Assert.Contains("no-such-program", refused.Message, StringComparison.Ordinal);
        AssertNothingIsLeft();
    }

    [SkippableFact]
    public void A_check_that_the_image_cannot_do_is_said()
    {
        PrivateEngine.Require();
        PrivateEngine.Docker("build", "--quiet", "--tag", "small", SmallImage());
        repository.Write(
            """  "app": { "image": "small", "command": ["/bin/sleep", "1000"], "ready": { "pg_isready": 5432 } } """
        );

        var refused = repository.Refused(repository.Root);

        Assert.Equal(ErrorCatalogue.CommandNotFound, refused.Definition);
        AssertNothingIsLeft();
    }

    [SkippableFact]
    public void A_step_that_fails_ends_the_start_and_one_that_succeeds_is_done_once()
    {
        PrivateEngine.Require();
        const string steps = """
            "migrate": { "image": "busybox", "command": "echo $RESULT; exit $RESULT", "env": { "RESULT": 3 }, "ready": { "exit": 0 } },
            "app": { "image": "busybox", "command": ["sleep", "1000"], "dependsOn": ["migrate"] }
            """;
        repository.Write(steps);
        Assert.Contains(
            "'migrate' ended with exit code 3",
            repository.Refused(repository.Root).Message,
            StringComparison.Ordinal
        );
        AssertNothingIsLeft();

        repository.Write(steps.Replace("3 }", "0 }", StringComparison.Ordinal));
        Assert.Contains("migrate is done", repository.Start(repository.Root));
        Assert.Equal(
            ["migrate done", "app running"],
            repository
                .Status("main")
                .GetProperty("services")
                .EnumerateArray()
                .Select(s => $"{s.GetProperty("name")} {s.GetProperty("state")}")
        );
        Assert.Contains(
            "the stack runs already; nothing was changed",
            repository.Start(repository.Root)
        );
    }

    [SkippableFact]
    public void A_port_that_is_taken_while_the_stack_starts_is_replaced_and_only_its_service_made_anew()
    {
        PrivateEngine.Require();
        repository.Write(Idle + "," + WebAfter("idle"));
        var root = repository.Add("one");
        var port = repository.Port(root, "APP_PORT");
        string? idle = null;
        using var thief = new Thief(
            "starting web",
            () =>
            {
                idle = PrivateEngine.Docker("inspect", "-f", "{{.Id}}", "webserver_one-idle");
                return port;
            },
            times: 1
        );

        repository.Start(root, thief);

        var now = repository.Port(root, "APP_PORT");
        Assert.NotEqual(port, now);
        Assert.Equal("one", ImageRepository.Get(now));
        Assert.Equal(idle, PrivateEngine.Docker("inspect", "-f", "{{.Id}}", "webserver_one-idle"));
        Assert.Equal(ErrorCatalogue.PortReplaced, Assert.Single(thief.Warnings).Definition);
        Assert.Contains(
            $"APP_PORT={now}",
            File.ReadAllText(Path.Combine(root, ".env.local")),
            StringComparison.Ordinal
        );
    }

    [SkippableFact]
    public void A_step_that_was_done_is_not_done_again_because_a_port_was_taken()
    {
        PrivateEngine.Require();
        repository.Write(
            """
            "migrate": { "image": "busybox", "command": "echo x >> /files/done", "volumes": ["./files:/files"], "ready": { "exit": 0 } }
            """
                + ","
                + WebAfter("migrate")
        );
        var root = repository.Add("one");
        using var thief = new Thief(
            "starting web",
            () => repository.Port(root, "APP_PORT"),
            times: 1
        );

        repository.Start(root, thief);

        Assert.Single(thief.Warnings);
        Assert.Single(File.ReadAllLines(Path.Combine(root, "files", "done")));
    }

    [SkippableFact]
    public void A_port_that_is_taken_again_and_again_ends_the_start()
    {
        PrivateEngine.Require();
        repository.Write(Idle + "," + WebAfter("idle"));
        var root = repository.Add("one");
        using var thief = new Thief(
            "starting web",
            () => repository.Port(root, "APP_PORT"),
            times: 10
        );

        var refused = Assert
            .Throws<WorktreeHooksException>(() => repository.Start(root, thief))
            .Diagnostic;

        Assert.Equal(ErrorCatalogue.PublishedPortTaken, refused.Definition);
        Assert.Equal(3, thief.Warnings.Count);
        Assert.Empty(ImageRepository.Containers(root));
        Assert.Empty(ImageRepository.Networks(root));
    }

    [SkippableFact]
    public void A_port_of_main_that_is_taken_is_never_replaced()
    {
        PrivateEngine.Require();
        repository.Write(ImageRepository.Web);
        var stranger = PrivateEngine.Docker([
            "run",
            "-d",
            "--init",
            "--name",
            "stranger",
            "-p",
            "47201:80",
            "busybox",
            "sleep",
            "1000",
        ]);

        var refused = repository.Refused(repository.Root);

        Assert.Equal(ErrorCatalogue.MainPortHeld, refused.Definition);
        Assert.Contains(
            $"container 'stranger' ({PrivateEngine.Shown("busybox")})",
            refused.Message,
            StringComparison.Ordinal
        );
        PrivateEngine.Docker("rm", "-f", stranger);
        repository.Start(repository.Root);
        Assert.Equal("main", ImageRepository.Get(47201));
    }

    [SkippableFact]
    public void A_start_that_is_given_up_leaves_nothing()
    {
        PrivateEngine.Require();
        repository.Write(
            Idle
                + """
                , "app": { "image": "busybox", "command": ["sleep", "1000"], "dependsOn": ["idle"], "ready": { "log": "never" } }
                """
        );
        using var cancelled = new CancellationTokenSource();
        var start = Task.Run(() => repository.Start(repository.Root, cancelled.Token));
        PrivateEngine.Await(
            "the container runs",
            () => repository.Narrator.Lines.Contains("starting app")
        );
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => start.GetAwaiter().GetResult());
        AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Ctrl_C_ends_with_130_and_leaves_nothing()
    {
        PrivateEngine.Require();
        repository.Write(
            """  "app": { "image": "busybox", "command": ["sleep", "1000"], "ready": { "log": "never" } } """
        );

        var interrupted = Signal("INT");

        Assert.Equal(130, interrupted.ExitCode);
        Assert.Contains("cancelled", interrupted.ErrorOutput, StringComparison.Ordinal);
        AssertNothingIsLeft();
    }

    [SkippableFact]
    public void What_a_killed_start_left_is_taken_over_by_the_next()
    {
        PrivateEngine.Require();
        repository.Write(
            """  "app": { "image": "busybox", "command": ["sleep", "1000"], "ready": { "log": "never" } } """
        );
        Assert.Equal(137, Signal("KILL").ExitCode);
        Assert.Single(ImageRepository.Ids(repository.Root));

        repository.Write(
            """  "app": { "image": "busybox", "command": ["sleep", "1001"] }, "other": { "image": "busybox", "command": ["sleep", "1000"] } """
        );
        repository.Start(repository.Root);

        Assert.Equal(
            ["webserver-app", "webserver-other"],
            ImageRepository.Containers(repository.Root).Order(StringComparer.Ordinal)
        );
    }

    [SkippableFact]
    public void An_engine_that_ends_in_the_middle_is_said_and_the_next_start_cleans_what_it_left()
    {
        PrivateEngine.RequireDocker("containers do not end with the service");
        repository.Write(
            Idle
                + """
                , "app": { "image": "busybox", "command": ["sleep", "1000"], "dependsOn": ["idle"], "ready": { "log": "never" } }
                """
        );
        var start = Task.Run(() => repository.Worktree(repository.Root, "start"));
        PrivateEngine.Await(
            "the container runs",
            () => ImageRepository.Ids(repository.Root).Length == 2
        );
        PrivateEngine.Kill();

        RunnerProgram.AssertRefused(
            start.GetAwaiter().GetResult(),
            ErrorCatalogue.EngineUnreachable
        );
        PrivateEngine.Await(
            "the engine is there again",
            () => PrivateEngine.TryDocker("version").ExitCode == 0
        );
        repository.Write(Idle);
        repository.Start(repository.Root);
        Assert.Equal(["webserver-idle"], ImageRepository.Containers(repository.Root));
    }

    [SkippableFact]
    public void Without_an_engine_a_start_says_what_to_do_and_processes_still_stop()
    {
        PrivateEngine.Require();
        repository.Write(Idle + """ , "clock": { "command": "exec sleep 1000" } """);
        repository.Start(repository.Root);
        var engine = repository.Environment;
        repository.Environment = engine.With("DOCKER_HOST", "unix:///no/such.sock");

        var refused = repository.Refused(repository.Root);
        Assert.Equal(ErrorCatalogue.EngineUnreachable, refused.Definition);
        Assert.Contains("Start Docker or Podman", refused.Message, StringComparison.Ordinal);
        Assert.Throws<WorktreeHooksException>(() => repository.Stop(repository.Root));
        Assert.Contains("stopped clock", repository.Narrator.Lines);

        repository.Environment = engine;
        repository.Stop(repository.Root);
        AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Networks_need_none_of_the_engines_pools_and_where_there_is_no_range_at_all_it_is_said()
    {
        PrivateEngine.RequireDocker("there are 65,536 address pools");
        repository.Write(Idle);
        var names = new List<string>();
        while (PrivateEngine.TryDocker("network", "create", $"filler{names.Count}").ExitCode == 0)
        {
            names.Add($"filler{names.Count}");
        }
        Assert.True(names.Count < 40);

        repository.Start(repository.Root);
        Assert.StartsWith(
            "10.201.",
            PrivateEngine.Docker(
                "network",
                "inspect",
                "webserver",
                "-f",
                "{{(index .IPAM.Config 0).Subnet}}"
            ),
            StringComparison.Ordinal
        );
        repository.Stop(repository.Root);

        // As a VPN would lead all of it elsewhere.
        Run("ip", "route", "add", "10.200.0.0/14", "dev", "lo");
        try
        {
            var refused = repository.Refused(repository.Root);
            Assert.Equal(ErrorCatalogue.AddressPoolsUsedUp, refused.Definition);
            AssertNothingIsLeft();
        }
        finally
        {
            Run("ip", "route", "del", "10.200.0.0/14", "dev", "lo");
        }
    }

    private static string WebAfter(string name) =>
        ImageRepository.Web.Replace(
            "\"image\":",
            $"\"dependsOn\": [\"{name}\"], \"image\":",
            StringComparison.Ordinal
        );

    private void AssertNothingIsLeft()
    {
        Assert.Empty(ImageRepository.Containers(repository.Root));
        Assert.Empty(ImageRepository.Networks(repository.Root));
    }

    // Job control and env: what a shell without them, perhaps this test's own, starts in the background ignores SIGINT.
    private ProcessResult Signal(string signal) =>
        ChildProcess.Run(
            repository.Environment,
            repository.Root,
            "bash",
            [
                "-c",
                $$"""
                set -m
                env --default-signal=INT "$1" start 2>said & started=$!
                until [ -n "$(docker ps -q --filter name=webserver-app)" ] || ! kill -0 $started; do sleep 0.05; done
                kill -{{signal}} $started
                wait $started
                code=$?
                cat said >&2
                rm said
                exit $code
                """,
                "bash",
                RunnerProgram.Path,
            ]
        );

    // Of busybox alone, so that there is no pg_isready in it.
    private string SmallImage()
    {
        var folder = Path.Combine(Path.GetDirectoryName(repository.Root)!, "small");
        Directory.CreateDirectory(folder);
        File.WriteAllText(
            Path.Combine(folder, "Dockerfile"),
            "FROM busybox\nRUN find / -xdev -name 'pg_isready*' -exec rm {} +\n"
        );
        return folder;
    }

    private void Run(string program, params string[] arguments)
    {
        var answer = ChildProcess.Run(repository.Environment, repository.Root, program, arguments);
        Assert.True(answer.ExitCode == 0, answer.ErrorOutput);
    }

    /// <summary>Takes a port in the moment in which something is said.</summary>
    private sealed class Thief(string line, Func<int> port, int times) : Narrator, IDisposable
    {
        private readonly List<Socket> sockets = [];

        public List<Diagnostic> Warnings { get; } = [];

        public override void Say(string said)
        {
            if (said == line && sockets.Count < times)
            {
                sockets.Add(PortProbe.Listen(port()));
            }
        }

        public override void Warn(Diagnostic diagnostic) => Warnings.Add(diagnostic);

        public void Dispose() => sockets.ForEach(s => s.Dispose());
    }
}
