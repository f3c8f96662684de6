using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Stack;

public sealed class StatusTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TestRepository repository = new();
    private readonly RecordingNarrator narrator = new();
    private readonly string worktree;

    public StatusTests()
    {
        repository.Write(
            "worktree.json",
            """
            { "ports": { "APP_PORT": { "main": 48100, "range": "48101-48199" } },
              "databases": [{ "type": "directory", "path": "rows" }],
              "services": { "app": { "command": "sleep 1000" } } }
            """
        );
        repository.Write("rows/a", "123");
        repository.Write(".gitignore", "rows\n");
        repository.Git("add", ".");
        repository.Git("commit", "--quiet", "-m", "stack");
        worktree = repository.AddWorktree("feature-x");
    }

    public void Dispose()
    {
        Run(repository.Root, "stop", "--all");
        repository.Dispose();
    }

    [SkippableFact]
    public void A_running_stack_has_its_memory_and_a_stopped_one_none()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells the memory of processes");
        Start();

        Assert.True(Row("feature-x").MemoryBytes > 10_000);
        Assert.Null(Row("main").MemoryBytes);
    }

    [Fact]
    public void A_database_has_its_size_its_age_and_whether_it_was_written_to()
    {
        SetupOf.Worktree(repository, worktree);
        var copied = Assert.Single(Row("feature-x").Databases);
        Assert.Equal(3, copied.Bytes);
        Assert.NotNull(copied.CopiedAt);
        Assert.False(copied.ChangedSince);

        File.WriteAllText(Path.Combine(worktree, "rows", "b"), "4567");

        var written = Assert.Single(Row("feature-x").Databases);
        Assert.Equal(7, written.Bytes);
        Assert.True(written.ChangedSince);
        Assert.Null(Assert.Single(Row("main").Databases).CopiedAt);
    }

    [Fact]
    public void A_stack_is_idle_after_two_hours_without_a_trace_and_a_log_line_is_one()
    {
        Start();
        Assert.False(Row("feature-x").Idle);

        var later = TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(3);
        var idle = Row("feature-x", later);
        Assert.True(idle.Idle);
        Assert.Equal("running, idle for 3 h", StatusText.State(idle, later));

        File.SetLastWriteTimeUtc(idle.Services[0].Log!, later.UtcDateTime.AddMinutes(-5));
        Assert.False(Row("feature-x", later).Idle);
    }

    [SkippableFact]
    public void A_stack_that_somebody_is_connected_to_is_not_idle()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux tells who is connected");
        Start();
        using var server = new TcpListener(
            IPAddress.Loopback,
            Row("feature-x").Worktree.Ports["APP_PORT"]
        );
        server.Start();
        using var client = new TcpClient();
        client.Connect((IPEndPoint)server.LocalEndpoint);

        Assert.False(
            Row("feature-x", TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(3)).Idle
        );
    }

    [Fact]
    public void All_stacks_are_started_and_stopped_and_one_that_fails_does_not_keep_the_others()
    {
        File.WriteAllText(
            Path.Combine(repository.AddWorktree("broken"), "worktree.json"),
            """{ "services": { "app": { "command": "exit 3" } } }"""
        );

        var start = Run(repository.Root, "start", "--all");

        Assert.Equal(1, start.ExitCode);
        Assert.Contains("WTH5002", start.ErrorOutput);
        Assert.Equal("running", Row("main").State);
        Assert.Equal("running", Row("feature-x").State);
        Assert.Equal("stopped", Row("broken").State);

        Assert.Equal(0, Run(worktree, "stop", "--all").ExitCode);
        Assert.Equal("stopped", Row("main").State);
        Assert.Equal("stopped", Row("feature-x").State);
    }

    [SkippableTheory]
    [InlineData("xterm-256color", "", true)]
    [InlineData("xterm-256color", "1", false)]
    [InlineData("dumb", "", false)]
    public void Links_are_for_terminals_that_can_show_them(string term, string noColor, bool linked)
    {
        Skip.IfNot(File.Exists("/usr/bin/script"), "there is no 'script' to make a terminal");
        SetupOf.Worktree(repository, worktree);

        var shown = RunInTerminal(term, noColor, "status").Output;

        Assert.Contains("http://feature-x.dev.localhost:481", shown);
        Assert.Equal(
            linked,
            shown.Contains("\e]8;", StringComparison.Ordinal)
                && shown.Contains(";http://feature-x.dev.localhost:481", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_watch_that_is_no_terminal_tells_only_what_changed_and_ends_with_ctrl_c()
    {
        SetupOf.Worktree(repository, worktree);
        var log = repository.Beside("watch.log");
        var watch = DetachedProcess.Start(
            new DetachedStart(
                [RunnerProgram.Path, "status", "--watch"],
                worktree,
                repository.Environment.Variables,
                log
            )
        );
        Await(() => Lines(log).Any(l => l.StartsWith("feature-x *", StringComparison.Ordinal)));
        Start();
        Await(() => Lines(log).Any(l => l.Contains("app running", StringComparison.Ordinal)));
        // It looks every two seconds, and this time finds nothing but another uptime.
        var since = Stopwatch.StartNew();
        Await(() => since.Elapsed > TimeSpan.FromSeconds(3));
        Assert.Equal(0, Libc.Kill(watch.Id, 2));
        int? exit = null;
        Await(() =>
            !ProcessTable.IsAlive(watch) && (exit = DetachedProcess.ExitCodeOf(watch)) is not null
        );

        Assert.Equal(0, exit);
        // A slow start may be seen half-way; what is told twice is no news.
        var told = Lines(log)
            .Where(l => l.StartsWith("feature-x *", StringComparison.Ordinal))
            .Select(l => Regex.Replace(l, @"for \d+ \w+|[\d.]+ [kMG]?B|\s", "", default, Second))
            .ToList();
        Assert.True(told.Count > 1);
        Assert.Equal(told.Distinct(StringComparer.Ordinal), told);
    }

    [Fact]
    public void Open_starts_the_browser_with_the_url_and_prints_it_where_there_is_none()
    {
        SetupOf.Worktree(repository, worktree);
        var url = $"http://feature-x.dev.localhost:{Row("feature-x").Worktree.Ports["APP_PORT"]}";

        var printed = Run(worktree, "open");
        Assert.Equal(url, printed.Output.Trim());

        var browser = repository.Beside("browser");
        File.WriteAllText(browser, $"#!/bin/sh\necho \"$1\" >'{repository.Beside("opened")}'\n");
        File.SetUnixFileMode(browser, (UnixFileMode)0b111_101_101);
        var answer = JsonDocument
            .Parse(
                Run(repository.Root, [("BROWSER", browser)], "open", "feature-x", "--json").Output
            )
            .RootElement;

        Assert.True(answer.GetProperty("opened").GetBoolean());
        Assert.Equal(url, answer.GetProperty("url").GetString());
        Await(() => Lines(repository.Beside("opened")).Contains(url, StringComparer.Ordinal));
    }

    [Fact]
    public void Open_says_what_to_do_in_a_worktree_without_ports()
    {
        var refused = Run(worktree, "open");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("WTH5053 NoUrl: 'feature-x' has no ports yet", refused.ErrorOutput);
    }

    private void Start() =>
        new StackCommands(repository.Environment, worktree, narrator).Start(new(), default);

    private StatusRow Row(string name, DateTimeOffset? now = null)
    {
        var environment = now is { } time
            ? repository.Environment with
            {
                Clock = new StoppedClock(time),
            }
            : repository.Environment;
        return StatusReport
            .Query(environment, repository.Root, narrator)
            .Worktrees.Single(w => w.Worktree.Name == name);
    }

    private ProcessResult Run(string folder, params string[] arguments) =>
        Run(folder, [], arguments);

    private ProcessResult Run(
        string folder,
        (string Name, string Value)[] variables,
        params string[] arguments
    ) =>
        ChildProcess.Run(
            With([("DISPLAY", ""), ("WAYLAND_DISPLAY", ""), .. variables]),
            folder,
            RunnerProgram.Path,
            arguments
        );

    private ProcessResult RunInTerminal(string term, string noColor, string arguments) =>
        ChildProcess.Run(
            With([("TERM", term), ("NO_COLOR", noColor)]),
            worktree,
            "/usr/bin/script",
            "-qec",
            $"stty cols 160 rows 50; '{RunnerProgram.Path}' {arguments}",
            "/dev/null"
        );

    private HostEnvironment With((string Name, string Value)[] variables)
    {
        var all = new Dictionary<string, string>(
            repository.Environment.Variables,
            StringComparer.Ordinal
        );
        foreach (var (name, value) in variables)
        {
            all[name] = value;
        }
        return repository.Environment with { Variables = all };
    }

    private static void Await(Func<bool> happens) =>
        Assert.True(SpinWait.SpinUntil(happens, TimeSpan.FromSeconds(60)));

    private static string[] Lines(string file) => File.Exists(file) ? File.ReadAllLines(file) : [];
}
