using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary><c>logs</c> of containers, which are found by their label.</summary>
public sealed class ComposeLogsTests
{
    private const string Two = """
        services:
          db: { image: busybox, command: sh -c "echo ready for rows; echo careful >&2; exec sleep 1000", init: true }
          web: { image: busybox, command: sh -c "echo hello; exec sleep 1000", init: true, tty: true }

        """;

    [SkippableFact]
    public void Each_line_says_whose_it_is_and_one_service_alone_does_not()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Two);
        stack.Start(stack.Root);
        var root = stack.AddWorktree("x");
        stack.Start(root);

        var all = stack.Run(root, "logs");
        Assert.Equal(0, all.ExitCode);
        Assert.Equal(
            ["db | careful", "db | ready for rows", "web | hello"],
            Lines(all.Output).Order(StringComparer.Ordinal)
        );
        Assert.Equal("hello\n", stack.Run(root, "logs", "web").Output);
        Assert.Equal(
            ["careful", "ready for rows"],
            Lines(stack.Run(root, "logs", "db").Output).Order(StringComparer.Ordinal)
        );
        Assert.Single(Lines(stack.Run(root, "logs", "db", "-n", "1").Output));
    }

    [SkippableFact]
    public void They_are_there_when_the_file_is_gone_and_after_a_container_has_ended()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Two);
        stack.Start(stack.Root);
        File.Delete(Path.Combine(stack.Root, "compose.yaml"));
        PrivateEngine.Docker(["kill", .. EngineStack.Ids("webserver", "web")]);

        Assert.Equal("hello\n", stack.Run(stack.Root, "logs", "web").Output);
    }

    [SkippableFact]
    public void A_service_that_is_not_there_is_refused_with_the_nearest_one()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Two);
        Assert.Contains(
            "no service has a log here",
            stack.Run(stack.Root, "logs").ErrorOutput,
            StringComparison.Ordinal
        );
        stack.Start(stack.Root);

        var refused = stack.Run(stack.Root, "logs", "wep");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("WTH5005", refused.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("'web'", refused.ErrorOutput, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("web")]
    public void Following_goes_on_with_the_containers_of_a_later_start_until_Ctrl_C(string service)
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Two);
        stack.Start(stack.Root);
        var log = stack.Repository.Beside("follow.log");
        string[] command = ["env", "--default-signal=INT", RunnerProgram.Path, "logs", "--follow"];
        var process = DetachedProcess.Start(
            new DetachedStart(
                service.Length == 0 ? command : [.. command, service],
                stack.Root,
                stack.Repository.Environment.Variables,
                log
            )
        );
        var hello = service.Length == 0 ? "web | hello" : "hello";
        AwaitLine(hello);

        // The same container once more, and one of a service that is new.
        PrivateEngine.Docker(["restart", .. EngineStack.Ids("webserver", "web")]);
        PrivateEngine.Await(
            "the restarted one is followed",
            () => Lines(File.ReadAllText(log)).Count(l => l == hello) == 2
        );
        stack.Write(
            Two + "  late: { image: busybox, command: sh -c 'echo here; sleep 1000', init: true }\n"
        );
        stack.Start(stack.Root);
        if (service.Length == 0)
        {
            AwaitLine("late | here");
        }

        ChildProcess.Run(HostEnvironment.Capture(), stack.Root, "kill", ["-INT", $"{process.Id}"]);
        int? exitCode = null;
        PrivateEngine.Await(
            "it ended",
            () =>
                !ProcessTable.IsAlive(process)
                && (exitCode = DetachedProcess.ExitCodeOf(process)) is not null
        );
        Assert.Equal(0, exitCode);
        if (service.Length > 0)
        {
            Assert.All(Lines(File.ReadAllText(log)), l => Assert.Equal(hello, l));
        }

        void AwaitLine(string line) =>
            PrivateEngine.Await(
                line,
                () => File.Exists(log) && Lines(File.ReadAllText(log)).Contains(line)
            );
    }

    private static string[] Lines(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
