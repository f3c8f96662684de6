using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>Ports in the hands of containers that are not ours.</summary>
public sealed class PortHolderTests : IDisposable
{
    private readonly TestRepository repository = new();
    private string? container;

    [SkippableFact]
    public void A_strangers_container_on_mains_port_is_named()
    {
        PrivateEngine.Require();
        repository.Write(
            "worktree.json",
            """
            {
              "ports": { "APP_PORT": { "main": 5901 } },
              "databases": [],
              "services": { "app": { "command": ["sleep", "100"], "ports": ["APP_PORT"] } }
            }
            """
        );
        container = PrivateEngine.Docker(
            "run",
            "--detach",
            "--name",
            "wth-stranger",
            "--publish",
            "5901:80",
            PrivateEngine.Busybox,
            "sleep",
            "100"
        );

        var start = RunnerProgram.Run(repository, repository.Root, "start");

        Assert.Equal(1, start.ExitCode);
        Assert.Contains("WTH2006", start.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains(
            $"container 'wth-stranger' ({PrivateEngine.Shown(PrivateEngine.Busybox)}) listens on it",
            start.ErrorOutput,
            StringComparison.Ordinal
        );
        PrivateEngine.Docker("rm", "--force", container);
        container = null;
        Assert.Equal(0, RunnerProgram.Run(repository, repository.Root, "start").ExitCode);
        Assert.Equal(0, RunnerProgram.Run(repository, repository.Root, "stop").ExitCode);
    }

    public void Dispose()
    {
        if (container is not null)
        {
            PrivateEngine.Docker("rm", "--force", container);
        }
        repository.Dispose();
    }
}
