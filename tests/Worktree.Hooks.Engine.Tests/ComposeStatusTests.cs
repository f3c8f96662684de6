using System.Text.Json;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>What <c>status</c> says of a compose file's stack as its containers come and go.</summary>
public sealed class ComposeStatusTests
{
    private const string Compose = """
        services:
          migrate: { image: busybox, command: "true" }
          db: { image: busybox, command: sleep 1000, init: true }
          web:
            image: busybox
            command: sleep 1000
            init: true
            depends_on: { migrate: { condition: service_completed_successfully } }
          none: { image: busybox, scale: 0 }
          tools: { image: busybox, profiles: [tools] }

        """;

    [SkippableFact]
    public void A_service_whose_container_is_gone_is_stopped_and_a_step_that_is_done_does_not_count()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Compose);
        var linked = stack.AddWorktree("x");
        AssertStatus(stack, "x", "stopped");

        stack.Start(linked);
        AssertStatus(stack, "x", "running", "db running", "migrate done", "web running");

        Remove("migrate");
        AssertStatus(stack, "x", "running", "db running", "migrate stopped", "web running");

        stack.Start(linked);
        Remove("db");
        string[] withoutDb = ["db stopped", "migrate done", "web running"];
        AssertStatus(stack, "x", "partly running", withoutDb);
        var compose = Path.Combine(linked, "compose.yaml");
        File.Move(compose, $"{compose}.away");
        AssertStatus(stack, "x", "partly running", withoutDb);

        stack.Stop(linked);
        AssertStatus(stack, "x", "no stack");
        File.Move($"{compose}.away", compose);
        AssertStatus(stack, "x", "stopped", "db stopped", "migrate stopped", "web stopped");
        AssertStatus(stack, "main", "stopped");
    }

    [SkippableFact]
    public void A_stack_that_runs_already_is_known_by_what_its_file_says_now()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Compose);
        stack.Start(stack.Root);
        stack.Write(Compose.Replace("  db: {", "  # db: {", StringComparison.Ordinal));
        AssertStatus(stack, "main", "running", "db running", "migrate done", "web running");

        stack.Start(stack.Root);

        Assert.Contains("the stack runs already; nothing was changed", stack.Narrator.Lines);
        AssertStatus(stack, "main", "running", "migrate done", "web running");
        stack.Stop(stack.Root);
        AssertStatus(stack, "main", "stopped", "migrate stopped", "web stopped");
    }

    private static void Remove(string service) =>
        PrivateEngine.Docker(["rm", "-f", .. EngineStack.Ids("webserver_x", service)]);

    private static void AssertStatus(
        EngineStack stack,
        string worktree,
        string state,
        params string[] services
    )
    {
        var row = JsonDocument
            .Parse(stack.Run(stack.Root, "status", "--json").Output)
            .RootElement.GetProperty("worktrees")
            .EnumerateArray()
            .Single(w => w.GetProperty("worktree").GetProperty("name").GetString() == worktree);
        Assert.Equal(
            services,
            row.GetProperty("services")
                .EnumerateArray()
                .Select(s =>
                    $"{s.GetProperty("name").GetString()} {s.GetProperty("state").GetString()}"
                )
        );
        Assert.Equal(state, row.GetProperty("state").GetString());
    }
}
