using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>An engine that is reached by an address: folders and ports of this machine mean nothing to it.</summary>
public sealed class RemoteEngineTests
{
    private const string Named = """
        services:
          web:
            image: busybox
            command: sh -c "mkdir -p /w; echo hello > /w/index.html; exec busybox httpd -f -p 80 -h /w"
            init: true
            ports: ["${APP_PORT}:80"]
            volumes: ["rows:/rows"]
        volumes: { rows: }

        """;

    [SkippableFact]
    public void A_stack_with_named_volumes_runs_there_and_a_port_that_a_container_holds_there_is_replaced()
    {
        PrivateEngine.RequireAddress();
        using var stack = new EngineStack(Named);
        var root = stack.AddWorktree("x");
        var port = stack.Port(root);
        using var stranger = new Stranger("there", "-p", $"{port}:80");

        Start(stack, root);

        var warning = Assert.Single(stack.Narrator.Warnings);
        Assert.Equal(ErrorCatalogue.PortReplaced, warning.Definition);
        Assert.Contains("container 'there'", warning.Message, StringComparison.Ordinal);
        Assert.Contains("web is ready", stack.Narrator.Lines);
        Assert.NotEqual(port, stack.Port(root));
        Assert.Equal("hello", stack.Answer(stack.Port(root)));
    }

    [SkippableFact]
    public void A_web_port_there_answers_when_the_start_returns_and_the_machine_is_named()
    {
        PrivateEngine.RequireAddress();
        using var stack = new EngineStack(
            Named.Replace("mkdir", "sleep 2; mkdir", StringComparison.Ordinal)
        );

        Start(stack, stack.Root);

        Assert.Equal("hello", stack.Answer(EngineStack.MainPort));
        Assert.Contains(
            $"the ports of containers are those of '{new Uri(PrivateEngine.Address!).Host}'",
            stack.Narrator.Lines
        );
    }

    [SkippableFact]
    public void A_port_on_the_loopback_address_there_is_not_waited_for()
    {
        PrivateEngine.RequireAddress();
        using var stack = new EngineStack(
            """
            services:
              web: { image: busybox, command: sleep 1000, init: true, ports: ["127.0.0.1:${APP_PORT}:80"] }

            """,
            settings: """ "composeTimeout": 5 """
        );

        Start(stack, stack.Root);

        Assert.Contains("web is ready", stack.Narrator.Lines);
    }

    [SkippableTheory]
    [InlineData("47131:80")]
    [InlineData("${APP_PORT}:80/udp")]
    public void A_port_on_the_loopback_address_there_is_not_waited_for_beside_another_one_of_its_target(
        string other
    )
    {
        PrivateEngine.RequireAddress();
        using var stack = new EngineStack(
            $$"""
            services:
              web: { image: busybox, command: sleep 1000, init: true, ports: ["127.0.0.1:${APP_PORT}:80", "{{other}}"] }

            """,
            settings: """ "composeTimeout": 5 """
        );

        Start(stack, stack.Root);

        Assert.Contains("web is ready", stack.Narrator.Lines);
    }

    [SkippableFact]
    public void A_folder_of_this_machine_is_refused_with_the_reason_and_nothing_is_made()
    {
        PrivateEngine.RequireAddress();
        using var stack = new EngineStack(
            Named.Replace("rows:/rows", "./rows:/rows", StringComparison.Ordinal)
        );

        var error = Assert.Throws<WorktreeHooksException>(() => Start(stack, stack.Root));

        Assert.Equal(ErrorCatalogue.RemoteBindMount, error.Diagnostic.Definition);
        Assert.Contains(
            $"'{stack.Root}/rows', which service 'web' mounts",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Empty(EngineStack.Ids("webserver"));
        Assert.False(Directory.Exists(Path.Combine(stack.Root, "rows")));
    }

    [SkippableTheory]
    [InlineData("secrets")]
    [InlineData("configs")]
    public void A_file_of_this_machine_that_a_service_gets_is_refused(string kind)
    {
        PrivateEngine.RequireAddress();
        using var stack = new EngineStack(
            Named.Replace("init: true", $"{kind}: [key]", StringComparison.Ordinal)
                + $"{kind}: {{ key: {{ file: ./key.txt }} }}\n"
        );
        File.WriteAllText(Path.Combine(stack.Root, "key.txt"), "1234");

        var error = Assert.Throws<WorktreeHooksException>(() => Start(stack, stack.Root));

        Assert.Equal(ErrorCatalogue.RemoteBindMount, error.Diagnostic.Definition);
        Assert.Contains(
            $"'{stack.Root}/key.txt', which service 'web' gets",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Empty(EngineStack.Ids("webserver"));
    }

    private static void Start(EngineStack stack, string root)
    {
        var variables = new Dictionary<string, string>(
            stack.Repository.Environment.Variables,
            StringComparer.Ordinal
        )
        {
            ["DOCKER_HOST"] = PrivateEngine.Address!,
        };
        var environment = stack.Repository.Environment with { Variables = variables };
        new StackCommands(environment, root, stack.Narrator).Start(
            new StackOptions(),
            CancellationToken.None
        );
    }
}
