using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>The stop of a compose project, whatever became of its file.</summary>
internal static class ComposeStop
{
    /// <summary>Takes the project's containers and networks away by their labels; volumes and data stay.</summary>
    /// <returns>The services that ran.</returns>
    public static IReadOnlyList<string> Run(
        HostEnvironment environment,
        Checkout checkout,
        Narrator narrator
    )
    {
        var project = LeaseStore.Find(environment, checkout, narrator)?.ProjectName;
        if (project is null)
        {
            return [];
        }
        try
        {
            using var engine = ContainerEngine.Connect(environment, CancellationToken.None);
            var containers = engine.Containers(
                CancellationToken.None,
                $"{ComposeStack.ProjectLabel}={project}"
            );
            var running = containers
                .Where(c => c.IsRunning)
                .Select(WorktreeContainers.ServiceOf)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .ToList();
            if (containers.Count > 0)
            {
                Down(environment, project);
            }
            Say(running);
            var old = ComposeLeftovers.RemoveThoseOfImages(engine, checkout.GitDirectory);
            Say(old);
            return [.. running, .. old];
        }
        catch (EngineException e)
        {
            throw EngineErrors.Of(e, "the compose file");
        }

        void Say(IReadOnlyList<string> services)
        {
            foreach (var service in services)
            {
                narrator.Say($"stopped {service}");
            }
        }
    }

    // In a folder where no compose file is found: labels alone decide, as the file may be changed or gone.
    private static void Down(HostEnvironment environment, string project)
    {
        var tool = ComposeTool.Require(environment);
        var variables = ChildProcess.WithoutGit(EngineEndpoint.ForDocker(environment).Variables);
        variables.Remove("COMPOSE_FILE");
        var answer = ChildProcess.Run(
            environment with
            {
                Variables = variables,
            },
            Path.GetPathRoot(environment.CurrentDirectory)!,
            tool.Command[0],
            [.. tool.Command.Skip(1), "--project-name", project, "down", "--remove-orphans"]
        );
        if (answer.ExitCode != 0)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.ComposeStartFailed,
                $"'docker compose down' of project '{project}' failed: {ComposeOutput.Complaint(answer.ErrorOutput)}. Mend "
                    + "what it names and stop again."
            );
        }
    }
}
