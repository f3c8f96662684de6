using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>An engine that no variable names: the docker command has a context for it, or would not look at its socket at all.</summary>
public sealed class EngineSocketTests
{
    private const string SystemSocket = "/var/run/docker.sock";

    private const string Web = """
        services:
          web: { image: busybox, command: sleep 1000, init: true }

        """;

    [SkippableTheory]
    [InlineData("docker.sock")]
    [InlineData("podman/podman.sock")]
    public void A_compose_file_is_started_and_stopped_at_the_socket_of_a_users_own_engine(
        string socket
    )
    {
        PrivateEngine.Require();
        Skip.If(Path.Exists(SystemSocket), $"'{SystemSocket}' comes first, and it is there");
        using var stack = new EngineStack(Web);
        var runtime = stack.Repository.Beside("run");
        var path = Path.Combine(runtime, socket);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.CreateSymbolicLink(
            path,
            new Uri(stack.Repository.Environment.Variable("DOCKER_HOST")!).AbsolutePath
        );
        AssertStartedAndStopped(
            stack,
            stack.Repository.Environment.With("XDG_RUNTIME_DIR", runtime).With("DOCKER_HOST", "")
        );
    }

    [SkippableFact]
    public void A_compose_file_is_started_and_stopped_at_the_engine_of_the_docker_context_in_use()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web);
        var former = stack.Repository.Environment;
        var configuration = stack.Repository.Beside("docker");
        Directory.CreateDirectory(configuration);
        Directory.CreateSymbolicLink(
            Path.Combine(configuration, "cli-plugins"),
            Path.Combine(former.Variable("DOCKER_CONFIG")!, "cli-plugins")
        );
        var environment = former.With("DOCKER_CONFIG", configuration).With("DOCKER_HOST", "");
        Docker("context", "create", "here", "--docker", $"host={former.Variable("DOCKER_HOST")}");
        Docker("context", "use", "here");

        AssertStartedAndStopped(stack, environment);

        void Docker(params string[] command) =>
            Assert.Equal(0, ChildProcess.Run(environment, stack.Root, "docker", command).ExitCode);
    }

    private static void AssertStartedAndStopped(EngineStack stack, HostEnvironment environment)
    {
        var commands = new StackCommands(environment, stack.Root, stack.Narrator);

        commands.Start(new StackOptions(), CancellationToken.None);

        Assert.Contains("web is ready", stack.Narrator.Lines);
        Assert.Single(EngineStack.Ids("webserver"));
        var listed = ChildProcess.Run(
            environment,
            stack.Root,
            RunnerProgram.Path,
            ["exec", "--", "docker", "compose", "ps", "--quiet"]
        );
        Assert.StartsWith(EngineStack.Ids("webserver").Single()[..12], listed.Output);
        commands.Stop(CancellationToken.None);
        Assert.Empty(EngineStack.Ids("webserver"));
    }
}
