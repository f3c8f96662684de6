using System.ComponentModel;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>The images of services: those that the engine has, else those of their registries.</summary>
internal sealed class ImageStore(
    HostEnvironment environment,
    ContainerEngine engine,
    Narrator narrator
)
{
    /// <summary>An image, which is fetched where the engine does not have it.</summary>
    /// <exception cref="WorktreeHooksException">WTH5013: it cannot be had.</exception>
    public EngineImage Require(string image, string service, CancellationToken cancellation) =>
        engine.FindImage(image, cancellation) ?? Fetch(image, service, cancellation);

    private EngineImage Fetch(string image, string service, CancellationToken cancellation)
    {
        narrator.Say($"fetching the image {image}");
        var since = environment.Clock.GetTimestamp();
        try
        {
            engine.Pull(
                image,
                (done, total) =>
                    narrator.Progress(
                        new CopyProgress(
                            $"fetching the image {image}",
                            done,
                            total,
                            Files: 0,
                            TotalFiles: 0,
                            environment.Clock.GetElapsedTime(since)
                        )
                    ),
                cancellation
            );
        }
        // Whatever kept a registry from giving it, in the registry's own words: it is the image that is missing.
        catch (EngineException e)
            when (e.Fault is EngineFault.Other or EngineFault.NotFound or EngineFault.ImageNotFound)
        {
            if (!FetchByCommand(image, cancellation))
            {
                throw Missing(image, service, e.Message);
            }
        }
        return engine.FindImage(image, cancellation)
            ?? throw Missing(image, service, "the engine fetched it and does not have it");
    }

    // The docker command knows who this user is to a registry ("docker login"), with all its helpers.
    private bool FetchByCommand(string image, CancellationToken cancellation)
    {
        try
        {
            return ChildProcess
                    .Run(
                        environment,
                        environment.CurrentDirectory,
                        "docker",
                        cancellation,
                        ["pull", "--quiet", image]
                    )
                    .ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false; // there is none
        }
    }

    private static WorktreeHooksException Missing(string image, string service, string reason) =>
        EngineErrors.Of(
            new EngineException(EngineFault.ImageNotFound, $"'{image}': {reason}"),
            $"service '{service}'"
        );
}
