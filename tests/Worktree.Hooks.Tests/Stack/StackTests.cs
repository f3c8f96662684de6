using System.Diagnostics;
using System.Globalization;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Stack;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Stack;

public sealed class StackTests : IDisposable
{
    private readonly TestRepository repository = new();
    private readonly RecordingNarrator narrator = new();

    public void Dispose()
    {
        Stop();
        repository.Dispose();
    }

    [Fact]
    public void Services_start_in_the_order_of_their_dependencies_and_stop_the_other_way_round()
    {
        WriteServices(
            """
            "last": { "command": "sleep 1000", "dependsOn": ["middle"] },
            "middle": { "command": "sleep 1000", "dependsOn": ["first"] },
            "first": { "command": "sleep 1000" }
            """
        );
        Start();
        Assert.Equal(["first", "middle", "last"], Said("is ready"));

        Stop();

        Assert.Equal(["last", "middle", "first"], Said("stopped", last: true));
        Assert.Empty(Running());
    }

    [Fact]
    public void A_start_of_a_running_stack_changes_nothing_and_says_so()
    {
        WriteServices("""  "app": { "command": "sleep 1000" } """);
        Start();
        var before = Running();
        Start();

        Assert.Equal(before, Running());
        Assert.Contains("the stack runs already; nothing was changed", narrator.Lines);
    }

    [Fact]
    public void A_start_repairs_what_has_died_and_leaves_the_rest()
    {
        WriteServices("""  "a": { "command": "sleep 1000" }, "b": { "command": "sleep 1000" } """);
        Start();
        var a = Running().Single(s => s.Name == "a");
        ProcessTable.StopGroup(
            Running().Single(s => s.Name == "b").Process,
            TimeSpan.FromSeconds(1)
        );
        Start();

        Assert.Equal(2, Running().Count);
        Assert.Contains(a, Running());
    }

    [Fact]
    public void A_service_gets_the_worktrees_variables_and_its_own()
    {
        WriteServices(
            """
            "app": { "command": ["sh", "-c", "echo $WORKTREE_NAME $APP_PORT $URL $0", "${APP_PORT}"],
                     "env": { "URL": "http://x:${APP_PORT}" }, "ready": { "exit": 0 } }
            """
        );
        Start();

        Assert.Equal(["main 47001 http://x:47001 47001"], Log("app"));
    }

    [Fact]
    public void A_service_sees_nothing_of_the_build_or_of_git_around_it()
    {
        WriteServices("""  "app": { "command": "env", "ready": { "exit": 0 } } """);
        var environment = With(("GIT_DIR", "/nowhere"), ("MSBuildSDKsPath", "/x"), ("KEPT", "yes"));
        new StackCommands(environment, repository.Root, narrator).Start(
            new StackOptions(),
            CancellationToken.None
        );

        var log = Log("app");
        Assert.Contains("KEPT=yes", log);
        Assert.DoesNotContain(log, l => l.StartsWith("GIT_DIR", StringComparison.Ordinal));
        Assert.DoesNotContain(log, l => l.StartsWith("MSBuild", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""  "tcp": "${APP_PORT}" """)]
    [InlineData("""  "http": "http://${WORKTREE_HOST}:${APP_PORT}/" """)]
    [InlineData("""  "log": "Serving HTTP on" """)]
    public void A_service_is_ready_when_its_check_says_so(string check)
    {
        WriteServices(
            $$"""
            "app": { "command": ["python3", "-u", "-m", "http.server", "${APP_PORT}"],
                     "ports": ["APP_PORT"], "ready": { {{check}} } }
            """
        );
        Start();

        Assert.Equal(["app"], Said("is ready"));
        Assert.Equal(PortState.Busy, PortProbe.Probe(47001));
    }

    [Fact]
    public void A_service_that_ends_too_early_is_reported_with_its_last_words_and_the_others_are_stopped()
    {
        WriteServices(
            """
            "a": { "command": "sleep 1000" },
            "b": { "command": "echo out of luck; exit 7", "dependsOn": ["a"], "ready": { "tcp": 1 } }
            """
        );
        var error = Refused();

        Assert.Equal(ErrorCatalogue.ServiceFailed, error.Definition);
        Assert.Contains("exit code 7", error.Message, StringComparison.Ordinal);
        Assert.Contains("out of luck", error.Message, StringComparison.Ordinal);
        Assert.Empty(Running());
    }

    [Fact]
    public void A_step_that_fails_stops_the_start()
    {
        WriteServices(
            """  "migrate": { "command": "exit 3", "ready": { "exit": 0 } }, "app": { "command": "sleep 1000", "dependsOn": ["migrate"] } """
        );

        Assert.Contains("exit code 3", Refused().Message, StringComparison.Ordinal);
        Assert.Empty(Said("app is ready"));
    }

    [Fact]
    public void A_step_whose_threads_end_slowly_still_has_its_exit_code()
    {
        WriteServices(
            """  "step": { "command": ["dotnet", "--version"], "ready": { "exit": 0 } } """
        );
        for (var i = 0; i < 5; i++)
        {
            Start();
        }

        Assert.Equal(5, Said("is done").Count);
    }

    [Fact]
    public void A_service_that_never_gets_ready_is_stopped_and_reported()
    {
        WriteServices(
            """  "app": { "command": "sleep 1000", "ready": { "tcp": 1, "timeout": 0.3 } } """
        );

        Assert.Equal(ErrorCatalogue.ServiceNotReady, Refused().Definition);
        Assert.Empty(Running());
    }

    [Theory]
    [InlineData("""  ["no-such-program"] """)]
    [InlineData("""  ["./not/here"] """)]
    [InlineData("""  ["./readme.txt"] """)]
    public void A_command_that_is_not_there_is_a_clear_error(string command)
    {
        WriteServices($$"""  "app": { "command": {{command}} } """);

        Assert.Equal(ErrorCatalogue.CommandNotFound, Refused().Definition);
    }

    [Fact]
    public void A_repository_without_services_has_no_stack() =>
        Assert.Equal(ErrorCatalogue.NoStack, Refused().Definition);

    [Fact]
    public void Stopping_ends_grandchildren_and_processes_that_ignore_the_signal()
    {
        WriteServices(
            """  "app": { "command": "trap '' TERM; sleep 1001 & sleep 1002", "stopTimeout": 0.2 } """
        );
        Start();
        var group = Running().Single().Process.Group;
        Stop();

        Assert.DoesNotContain(LinuxProcess.All(), p => p.Group == group && !p.IsZombie);
    }

    [Fact]
    public void Children_that_outlived_their_service_are_stopped_with_it()
    {
        WriteServices("""  "app": { "command": "sleep 1003 & exit 0", "ready": { "exit": 0 } } """);
        Start();
        Assert.Single(Running());
        Stop();

        Assert.Empty(Running());
    }

    [Fact]
    public void A_recycled_process_id_is_never_stopped()
    {
        WriteServices("""  "app": { "command": "sleep 1000" } """);
        using var stranger = Process.Start(new ProcessStartInfo("sleep", "1000"))!;
        var checkout = CheckoutLocator.Locate(repository.Root);
        var forged = ProcessTable.Query(stranger.Id)! with { Group = stranger.Id };
        Directory.CreateDirectory(checkout.StateDirectory);
        new StackState([
            new StartedService(
                "app",
                forged with
                {
                    StartTime = forged.StartTime - 1,
                },
                DateTimeOffset.UnixEpoch,
                false,
                true
            ),
            new StartedService(
                "b",
                forged with
                {
                    BootId = "another",
                },
                DateTimeOffset.UnixEpoch,
                false,
                true
            ),
        ]).Save(checkout);
        Stop();

        Assert.False(stranger.HasExited);
        stranger.Kill();
    }

    [Fact]
    public void A_process_whose_starter_was_killed_before_it_was_recorded_is_found_and_stopped()
    {
        WriteServices("""  "app": { "command": "sleep 1000" } """);
        Start();
        var process = Running().Single().Process;
        // As if the starter had died between the start and the record.
        File.Delete(
            Path.Combine(CheckoutLocator.Locate(repository.Root).StateDirectory, "stack.json")
        );
        Start();

        Assert.False(ProcessTable.IsAlive(process));
        Assert.Single(Running());
    }

    [Fact]
    public async Task Giving_up_in_the_middle_stops_what_was_started()
    {
        WriteServices(
            """  "a": { "command": "sleep 1000" }, "b": { "command": "sleep 1000", "dependsOn": ["a"], "ready": { "tcp": 1 } } """
        );
        using var cancellation = new CancellationTokenSource();
        var start = Task.Run(() => Commands().Start(new StackOptions(), cancellation.Token));
        while (!narrator.Lines.Contains("starting b"))
        {
            await Task.Delay(10);
        }
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
        Assert.Empty(Running());
    }

    [Fact]
    public void A_service_whose_start_was_killed_before_it_was_ready_is_started_anew()
    {
        WriteServices(
            """  "app": { "command": "echo up; exec sleep 1000", "ready": { "log": "up" } } """
        );
        Start();
        var first = Running().Single();
        var checkout = CheckoutLocator.Locate(repository.Root);
        // What lies there while its readiness is waited for.
        new StackState([first with { IsReady = false }]).Save(checkout);
        Start();

        Assert.False(ProcessTable.IsAlive(first.Process));
        Assert.True(Running().Single().IsReady);
    }

    [Fact]
    public void A_repaired_service_still_stops_after_those_that_need_it()
    {
        WriteServices(
            """  "app": { "command": "sleep 1000", "dependsOn": ["base"] }, "base": { "command": "sleep 1000" } """
        );
        Start();
        ProcessTable.StopGroup(Running().Single(s => s.Name == "base").Process, TimeSpan.Zero);
        Start();
        Stop();

        Assert.Equal(["app", "base"], Said("stopped", last: true));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("pg_isready")]
    [InlineData("http")]
    [InlineData("log")]
    public void A_check_that_makes_no_sense_once_filled_in_is_told_before_anything_starts(
        string check
    )
    {
        WriteServices(
            $$"""
            "first": { "command": "sleep 1000" },
            "app": { "command": "sleep 1000", "dependsOn": ["first"], "env": { "BAD": "(x" }, "ready": { "{{check}}": "${BAD}" } }
            """
        );
        var refused = Refused();

        Assert.Equal(ErrorCatalogue.InvalidValue, refused.Definition);
        Assert.Contains("service 'app' is '(x'", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Said("starting", last: true));
    }

    // Job control and env: what a shell without them, perhaps this test's own, starts in the background ignores SIGINT.
    private const string InterruptOnceItStarts = """
        set -m
        env --default-signal=INT "$1" start 2>said & started=$!
        until grep -qs "starting app" said || ! kill -0 $started; do sleep 0.05; done
        kill -INT $started
        wait $started
        code=$?
        cat said >&2
        exit $code
        """;

    [Fact]
    public void Ctrl_C_stops_what_was_started_and_ends_with_130()
    {
        WriteServices("""  "app": { "command": "exec sleep 1000", "ready": { "tcp": 1 } } """);

        var interrupted = ChildProcess.Run(
            repository.Environment,
            repository.Root,
            "bash",
            ["-c", InterruptOnceItStarts, "bash", RunnerProgram.Path]
        );

        Assert.Equal(130, interrupted.ExitCode);
        Assert.Contains("starting app", interrupted.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("cancelled", interrupted.ErrorOutput, StringComparison.Ordinal);
        Assert.Empty(Running());
    }

    [Fact]
    public void A_service_holds_nothing_open_that_its_starter_was_given()
    {
        WriteServices("""  "app": { "command": "exec sleep 1000" } """);
        // A shell that passes on a pipe, as a test run or a script around us does.
        var pipe = Path.Combine(repository.Outside, "pipe");
        var started = ChildProcess.Run(
            repository.Environment,
            repository.Root,
            "bash",
            ["-c", $"mkfifo '{pipe}' && exec 9<>'{pipe}' && exec '{RunnerProgram.Path}' start"]
        );
        Assert.True(started.ExitCode == 0, started.ErrorOutput);

        var open = Directory.GetFileSystemEntries($"/proc/{Running().Single().Process.Id}/fd");
        Assert.Equal(["0", "1", "2"], open.Select(o => Path.GetFileName(o)!).Order());
    }

    [Fact]
    public async Task Two_starts_at_once_start_each_service_once()
    {
        WriteServices("""  "app": { "command": "echo started >> starts; exec sleep 1000" } """);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Start())));

        Assert.Single(File.ReadAllLines(Path.Combine(repository.Root, "starts")));
    }

    [Fact]
    public void A_stranger_on_a_worktrees_port_gets_the_worktree_another_one()
    {
        WriteServices("""  "app": { "command": "sleep 1000", "ports": ["APP_PORT"] } """);
        repository.Git("add", "worktree.json");
        repository.Git("commit", "--quiet", "-m", "stack");
        var root = repository.AddWorktree("feature-x");
        var port = SetupOf.Worktree(repository, root).Ports().Single();
        using var stranger = PortProbe.Listen(port);
        var stack = new StackCommands(repository.Environment, root, narrator);
        stack.Start(new StackOptions(), CancellationToken.None);
        stack.Stop(CancellationToken.None);

        var after = SetupOf.Worktree(repository, root).Ports().Single();
        Assert.NotEqual(port, after);
        Assert.Contains(
            $"APP_PORT={after}",
            File.ReadAllText(Path.Combine(root, ".env.local")),
            StringComparison.Ordinal
        );
        var warning = Assert.Single(narrator.Warnings);
        Assert.Equal(ErrorCatalogue.PortReplaced, warning.Definition);
        Assert.Contains(
            Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
            warning.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_stranger_on_mains_port_is_named_and_nothing_is_started()
    {
        WriteServices("""  "app": { "command": "sleep 1000", "ports": ["APP_PORT"] } """);
        using var stranger = PortProbe.Listen(47001);
        var error = Refused();

        Assert.Equal(ErrorCatalogue.MainPortHeld, error.Definition);
        Assert.Contains("process", error.Message, StringComparison.Ordinal);
        Assert.Contains("worktree.json", error.Message, StringComparison.Ordinal);
        Assert.Empty(Running());
    }

    [Fact]
    public void What_runs_of_a_removed_worktree_is_stopped_by_the_next_allocation()
    {
        WriteServices("""  "app": { "command": "cd /; exec sleep 1000" } """);
        repository.Git("add", "worktree.json");
        repository.Git("commit", "--quiet", "-m", "stack");
        var root = repository.AddWorktree("feature-x");
        new StackCommands(repository.Environment, root, narrator).Start(
            new StackOptions(),
            CancellationToken.None
        );
        var process = new ServiceStack(
            repository.Environment,
            CheckoutLocator.Locate(root),
            narrator
        ).Processes.Single();
        repository.Git("worktree", "remove", "--force", root);
        Assert.True(ProcessTable.IsAlive(process));

        SetupOf.Worktree(repository, repository.Root, narrator);

        Assert.False(ProcessTable.IsAlive(process));
        Assert.Contains(
            narrator.Lines,
            l => l.Contains("whose worktree is gone", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void The_log_of_the_start_before_is_kept_beside_the_new_one()
    {
        WriteServices("""  "app": { "command": "echo $$$$", "ready": { "exit": 0 } } """);
        Start();
        var first = Log("app");
        Start();

        Assert.NotEqual(first, Log("app"));
        Assert.Equal(
            first,
            ServiceLog.Tail(
                ServiceLog.PathOf(CheckoutLocator.Locate(repository.Root), "app") + ".1",
                10
            )
        );
    }

    private void WriteServices(string services) =>
        repository.Write(
            "worktree.json",
            $$"""
            { "ports": { "APP_PORT": { "main": 47001, "range": "47002-47100" } }, "databases": [],
              "services": { {{services}} } }
            """
        );

    private StackCommands Commands() => new(repository.Environment, repository.Root, narrator);

    private void Start() => Commands().Start(new StackOptions(), CancellationToken.None);

    private void Stop() => Commands().Stop(CancellationToken.None);

    private Diagnostic Refused() => Assert.Throws<WorktreeHooksException>(Start).Diagnostic;

    private IReadOnlyList<StartedService> Running() =>
        new ServiceStack(
            repository.Environment,
            CheckoutLocator.Locate(repository.Root),
            narrator
        ).Running;

    private IReadOnlyList<string> Log(string service) =>
        ServiceLog.Tail(ServiceLog.PathOf(CheckoutLocator.Locate(repository.Root), service), 1000);

    private List<string> Said(string what, bool last = false) =>
        [
            .. narrator
                .Lines.Where(l =>
                    last
                        ? l.StartsWith(what, StringComparison.Ordinal)
                        : l.EndsWith(what, StringComparison.Ordinal)
                )
                .Select(l => l.Replace(what, "", StringComparison.Ordinal).Trim()),
        ];

    private HostEnvironment With(params (string Name, string Value)[] added)
    {
        var variables = new Dictionary<string, string>(
            repository.Environment.Variables,
            StringComparer.Ordinal
        );
        foreach (var (name, value) in added)
        {
            variables[name] = value;
        }
        return repository.Environment with { Variables = variables };
    }
}
