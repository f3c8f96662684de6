using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Stack;

/// <summary>Commands that go on until Ctrl+C, with the signal that it sends.</summary>
public sealed class FollowingTests : IDisposable
{
    private readonly TestRepository repository = new();
    private readonly List<ProcessRecord> started = [];
    private readonly string log;

    public FollowingTests()
    {
        repository.Write(
            "worktree.json",
            """
            { "ports": { "APP_PORT": { "main": 48100, "range": "48101-48199" } },
              "databases": [],
              "services": {
                "app": { "command": "echo app began; exec sleep 1000" },
                "other": { "command": "echo other began; exec sleep 1000" } } }
            """
        );
        log = repository.Beside("shown");
    }

    public void Dispose()
    {
        started.ForEach(p => ProcessTable.StopGroup(p, TimeSpan.FromSeconds(1)));
        RunnerProgram.Run(repository, repository.Root, "stop");
        repository.Dispose();
    }

    [SkippableFact]
    public void A_watch_in_a_terminal_draws_uptimes_in_the_place_of_the_former_ones_until_ctrl_c()
    {
        Skip.IfNot(File.Exists("/usr/bin/script"), "there is no 'script' to make a terminal");
        var processId = repository.Beside("id");
        var watch = Start(
            "/usr/bin/script",
            "-qefc",
            $"stty cols 160 rows 50; echo $$ >'{processId}'; TERM=xterm-256color NO_COLOR= exec '{RunnerProgram.Path}' status --watch",
            "/dev/null"
        );
        Await(() => Shown().Contains("app stopped", StringComparison.Ordinal));

        Run("start");
        Await(() => Shown().Contains("app running for ", StringComparison.Ordinal));
        Assert.Equal(0, Libc.Kill(int.Parse(File.ReadAllText(processId)), 2));

        Assert.Equal(0, ExitCodeOf(watch));
        // Up some lines, and over them.
        Assert.Matches("\e\\[[0-9]+A(.|\n)*app running for [0-9]+ s", Shown());
    }

    [Theory]
    [InlineData(null, "app | app began")]
    [InlineData("app", "app began")]
    public void Followed_logs_of_processes_go_on_with_a_later_start_until_ctrl_c(
        string? service,
        string line
    )
    {
        Run("start");
        string[] command = [RunnerProgram.Path, "logs", "-f"];
        var follow = Start(service is null ? command : [.. command, service]);
        Await(() => Count(line) == 1);

        Run("restart");
        Await(() => Count(line) == 2);
        Assert.Equal(0, Libc.Kill(follow.Id, 2));

        Assert.Equal(0, ExitCodeOf(follow));
        Assert.Equal(
            service is null,
            Shown().Contains("other | other began", StringComparison.Ordinal)
        );
    }

    private ProcessRecord Start(params string[] command)
    {
        started.Add(
            DetachedProcess.Start(
                new DetachedStart(command, repository.Root, repository.Environment.Variables, log)
            )
        );
        return started[^1];
    }

    private void Run(string command) =>
        Assert.Equal(0, RunnerProgram.Run(repository, repository.Root, command).ExitCode);

    private static int? ExitCodeOf(ProcessRecord process)
    {
        int? exit = null;
        Await(() =>
            !ProcessTable.IsAlive(process)
            && (exit = DetachedProcess.ExitCodeOf(process)) is not null
        );
        return exit;
    }

    private int Count(string line) => Shown().Split('\n').Count(l => l == line);

    private string Shown() => File.Exists(log) ? File.ReadAllText(log) : "";

    private static void Await(Func<bool> happens) =>
        Assert.True(SpinWait.SpinUntil(happens, TimeSpan.FromSeconds(60)));
}
