using System.Text.Json;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

public sealed class ManyStacksTests : IDisposable
{
    private readonly TestRepository repository = new();

    public void Dispose()
    {
        if (HostEnvironment.Capture().Variable("WORKTREE_HOOKS_TEST_ENGINE") is not null)
        {
            PrivateEngine.Clean();
        }
        repository.Dispose();
    }

    [SkippableFact]
    public void Main_and_twenty_worktrees_run_at_the_same_time_each_with_its_own_answer()
    {
        PrivateEngine.Require();
        repository.Write("worktree.json", """{ "databases": [] }""");
        repository.Write(
            "docker-compose.yml",
            """
            services:
              app:
                image: busybox
                command: [sh, -c, 'mkdir /www && echo $WORKTREE_NAME >/www/index.html && exec httpd -f -p 80 -h /www']
                environment: [WORKTREE_NAME]
                init: true
                ports: ["${APP_PORT:-5001}:80"]
            """.Replace("$WORKTREE_NAME >", "$$WORKTREE_NAME >", StringComparison.Ordinal)
        );
        repository.Git("add", ".");
        repository.Git("commit", "--quiet", "-m", "stack");

        foreach (var root in MainAnd(20))
        {
            Do(root, "start");
        }

        AssertRunningAndAnswering(21);
    }

    [SkippableFact]
    public void Main_and_as_many_worktrees_as_there_are_ports_run_at_the_same_time()
    {
        PrivateEngine.RequireDocker("a start takes twice as long");
        Skip.IfNot(
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes > 4L << 30,
            "needs 4 GB of memory"
        );
        repository.Write(
            "worktree.json",
            """
            {
              "databases": [],
              "services": {
                "app": {
                  "image": "busybox", "ports": { "APP_PORT": 80 }, "env": { "NAME": "${WORKTREE_NAME}" },
                  "command": "mkdir /www && echo $NAME >/www/index.html && exec busybox httpd -f -p 80 -h /www"
                }
              }
            }
            """
        );
        repository.Git("add", ".");
        repository.Git("commit", "--quiet", "-m", "stack");

        foreach (var root in MainAnd(98))
        {
            Do(root, "start");
        }

        AssertRunningAndAnswering(99);
        Do(repository.Root, "stop", "--all");
        Assert.Empty(PrivateEngine.Docker("ps", "--quiet"));
    }

    private IEnumerable<string> MainAnd(int worktrees) =>
        Enumerable
            .Range(1, worktrees)
            .Select(i => repository.AddWorktree($"feature-{i}"))
            .Prepend(repository.Root);

    private void Do(string root, params string[] command)
    {
        var done = Run(root, RunnerProgram.Path, command);
        Assert.True(done.ExitCode == 0, done.Output + done.ErrorOutput);
    }

    private void AssertRunningAndAnswering(int count)
    {
        var worktrees = JsonDocument
            .Parse(Run(repository.Root, RunnerProgram.Path, "status", "--json").Output)
            .RootElement.GetProperty("worktrees")
            .EnumerateArray()
            .ToList();
        Assert.Equal(count, worktrees.Count);
        foreach (var row in worktrees)
        {
            Assert.Equal("running", row.GetProperty("state").GetString());
            Assert.True(row.GetProperty("memoryBytes").GetInt64() > 0);
            var worktree = row.GetProperty("worktree");
            var port = worktree.GetProperty("ports").GetProperty("APP_PORT").GetInt32();
            Assert.Equal(worktree.GetProperty("name").GetString(), AnswerOn(port));
        }
    }

    private string AnswerOn(int port)
    {
        ProcessResult? answer = null;
        PrivateEngine.Await(
            $"port {port} answers",
            () =>
                (answer = Run(repository.Root, "curl", "-sf", $"http://127.0.0.1:{port}/")).ExitCode
                == 0
        );
        return answer!.Output.TrimEnd();
    }

    private ProcessResult Run(string folder, string program, params string[] arguments) =>
        ChildProcess.Run(repository.Environment, folder, program, arguments);
}
