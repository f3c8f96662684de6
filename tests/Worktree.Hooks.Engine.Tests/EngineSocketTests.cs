using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>An engine at a socket that nobody named, and that the docker command would not look at.</summary>
public sealed class EngineSocketTests
{
    private const string SystemSocket = "/var/run/docker.sock";

    [SkippableTheory]
    [InlineData("docker.sock")]
    [InlineData("podman/podman.sock")]
    public void A_compose_file_is_started_and_stopped_at_the_socket_of_a_users_own_engine(
        string socket
    )
    {
        PrivateEngine.Require();
        Skip.If(Path.Exists(SystemSocket), $"'{SystemSocket}' comes first, and it is there");
        using var stack = new EngineStack(
            """
            services:
              web: { image: busybox, command: sleep 1000, init: true }

            """
        );
        var runtime = stack.Repository.Beside("run");
        var path = Path.Combine(runtime, socket);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.CreateSymbolicLink(
            path,
            new Uri(stack.Repository.Environment.Variable("DOCKER_HOST")!).AbsolutePath
        );
        var environment = stack
            .Repository.Environment.With("XDG_RUNTIME_DIR", runtime)
            .With("DOCKER_HOST", "");
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
