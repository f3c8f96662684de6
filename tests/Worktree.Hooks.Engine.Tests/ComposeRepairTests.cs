using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>A start beside what runs already fails, and what ran before runs on.</summary>
public sealed class ComposeRepairTests
{
    private const string Running = """
        services:
          db: { image: busybox, command: sleep 1000, init: true }
          web: { image: busybox, command: sleep 1000, init: true }

        """;

    [SkippableTheory]
    [InlineData("image: registry.invalid/no-such-image", "ImageNotFound")]
    [InlineData("healthcheck: { test: exit 1, interval: 1s, retries: 1 }", "ServiceNotReady")]
    public void A_failed_start_leaves_a_stack_that_ran_before(string edit, string name)
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Running);
        stack.Start(stack.Root);
        var db = RunningOf("db");
        stack.Write(Edited(edit));

        var error = Assert.Throws<WorktreeHooksException>(() => stack.Start(stack.Root));

        Assert.Equal(name, error.Diagnostic.Definition.Name);
        Assert.Equal(db, RunningOf("db"));
        Assert.NotEmpty(RunningOf("web"));
        stack.Write(Running);
        stack.Start(stack.Root);
        Assert.Equal(db, RunningOf("db"));
        Assert.NotEmpty(RunningOf("web"));
    }

    [SkippableFact]
    public void A_cancelled_start_leaves_a_stack_that_ran_before()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Running);
        stack.Start(stack.Root);
        var db = RunningOf("db");
        var web = RunningOf("web");
        stack.Write(Edited("healthcheck: { test: exit 1, interval: 60s }"));
        using var source = new CancellationTokenSource();
        var start = Task.Run(() => stack.Start(stack.Root, source.Token));
        PrivateEngine.Await(
            "the other web runs",
            () => RunningOf("web") is { Length: > 0 } now && now != web
        );

        source.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => start.GetAwaiter().GetResult());
        Assert.Equal(db, RunningOf("db"));
        Assert.NotEmpty(RunningOf("web"));
    }

    [SkippableFact]
    public void A_failed_start_takes_back_only_what_it_has_started()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Running);
        stack.Start(stack.Root);
        var db = RunningOf("db");
        PrivateEngine.Docker("kill", RunningOf("web"));
        stack.Write(Edited("healthcheck: { test: exit 1, interval: 1s, retries: 1 }"));

        var error = Assert.Throws<WorktreeHooksException>(() => stack.Start(stack.Root));

        Assert.Equal(ErrorCatalogue.ServiceNotReady, error.Diagnostic.Definition);
        Assert.Equal(db, RunningOf("db"));
        Assert.Empty(EngineStack.Ids("webserver", "web"));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_ran_before_and_was_made_anew_runs_after_a_start_that_did_not_get_to_it(
        bool isPlain
    )
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Running);
        if (isPlain)
        {
            stack.PlainCompose(stack.Root, "up", "--detach");
        }
        else
        {
            stack.Start(stack.Root);
        }
        var web = RunningOf("web");
        stack.Write(DatabaseNeverHealthy("sleep 1001"));

        var error = Assert.Throws<WorktreeHooksException>(() => stack.Start(stack.Root));

        Assert.Equal(ErrorCatalogue.ServiceNotReady, error.Diagnostic.Definition);
        Assert.NotEmpty(RunningOf("db"));
        Assert.NotEmpty(RunningOf("web"));
        Assert.NotEqual(web, RunningOf("web"));
    }

    [SkippableFact]
    public void What_ran_before_and_cannot_be_started_again_is_named()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Running);
        stack.Start(stack.Root);
        stack.Write(DatabaseNeverHealthy("no-such-command"));

        Assert.Throws<WorktreeHooksException>(() => stack.Start(stack.Root));

        Assert.NotEmpty(RunningOf("db"));
        Assert.Contains(
            "web ran before and could not be started again; the next start does it",
            stack.Narrator.Lines
        );
    }

    [SkippableFact]
    public void A_failed_start_leaves_a_run_of_a_service_that_goes_on()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Running);
        var run = stack.Run(
            stack.Root,
            ["exec", "--", "docker", "compose", "run", "--detach", "web", "sleep", "500"]
        );
        Assert.True(run.ExitCode == 0, run.ErrorOutput);
        var session = RunningOf("web");
        stack.Write(Edited("healthcheck: { test: exit 1, interval: 1s, retries: 1 }"));

        Assert.Throws<WorktreeHooksException>(() => stack.Start(stack.Root));

        Assert.Equal([session], EngineStack.Ids("webserver"));
        Assert.Equal(session, RunningOf("web"));
    }

    private static string DatabaseNeverHealthy(string command) =>
        $$"""
            services:
              db:
                image: busybox
                command: sleep 1001
                init: true
                healthcheck: { test: exit 1, interval: 1s, retries: 1 }
              web:
                image: busybox
                command: {{command}}
                stop_grace_period: 0s
                depends_on: { db: { condition: service_healthy } }

            """;

    private static string Edited(string line) =>
        "services:\n"
        + "  db: { image: busybox, command: sleep 1000, init: true }\n"
        + $"  web:\n    {(line.StartsWith("image", StringComparison.Ordinal) ? "" : "image: busybox\n    ")}"
        + $"command: sleep 1000\n    init: true\n    {line}\n";

    // Its id; empty where it does not run.
    private static string RunningOf(string service) =>
        PrivateEngine.Docker(
            "ps",
            "-q",
            "--filter",
            "label=com.docker.compose.project=webserver",
            "--filter",
            $"label=com.docker.compose.service={service}"
        );
}
