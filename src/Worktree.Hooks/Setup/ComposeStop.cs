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
            var containers = ContainersOf(engine, checkout, project, narrator);
            var running = containers
                .Where(c => c.IsRunning)
                .Select(WorktreeContainers.ServiceOf)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .ToList();
            KeptVolumes.Remember(
                environment,
                checkout,
                engine,
                WorktreeContainers.Of(engine, checkout.GitDirectory, CancellationToken.None),
                narrator
            );
            if (containers.Count > 0)
            {
                Down(environment, engine, checkout, project);
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

    private static IReadOnlyList<EngineContainer> ContainersOf(
        ContainerEngine engine,
        Checkout checkout,
        string project,
        Narrator narrator
    )
    {
        var containers = engine.Containers(
            CancellationToken.None,
            $"{ComposeStack.ProjectLabel}={project}"
        );
        if (
            containers.Count == 0
            || containers.Any(c =>
                c.Label(WorktreeContainers.Label) == checkout.GitDirectory
                || (ComposeOwner.IsPlain(project, c) && ComposeOwner.IsWithin(checkout.Root, c))
            )
        )
        {
            return containers;
        }
        var whose = ComposeOwner.FolderOf(containers[0]) ?? "another folder";
        narrator.Say($"project '{project}' was started from '{whose}', not from here: it is left");
        return [];
    }

    // Compose knows the order from its labels; it does not where a container that others waited for is gone, or where
    // there is no Compose. Then ours go all at once.
    private static void Down(
        HostEnvironment environment,
        ContainerEngine engine,
        Checkout checkout,
        string project
    )
    {
        var complaint = TryDown(environment, project);
        if (complaint is null)
        {
            return;
        }
        string[] ours =
        [
            $"{WorktreeContainers.Label}={checkout.GitDirectory}",
            $"{ComposeStack.ProjectLabel}={project}",
        ];
        var containers = engine.Containers(CancellationToken.None, ours);
        WorktreeContainers.End(engine, containers, withVolumes: false, CancellationToken.None);
        foreach (var network in engine.Networks(CancellationToken.None, ours))
        {
            engine.RemoveNetwork(network.Id, CancellationToken.None);
        }
        if (engine.Containers(CancellationToken.None, ours[1]).Any(c => c.IsRunning))
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.ComposeStartFailed,
                $"'docker compose down' of project '{project}' failed: {complaint}. Mend what it names and stop again."
            );
        }
    }

    // In a folder where no compose file is found: labels alone decide, as the file may be changed or gone.
    private static string? TryDown(HostEnvironment environment, string project)
    {
        ComposeTool tool;
        try
        {
            tool = ComposeTool.Require(environment);
        }
        catch (WorktreeHooksException e)
        {
            return e.Diagnostic.Message;
        }
        var variables = ChildProcess.WithoutGit(EngineEndpoint.ForDocker(environment).Variables);
        // Relative names would be looked for where nothing is.
        foreach (var name in (string[])["COMPOSE_FILE", "COMPOSE_ENV_FILES", "COMPOSE_PROFILES"])
        {
            variables.Remove(name);
        }
        var answer = ChildProcess.Run(
            environment with
            {
                Variables = variables,
            },
            Path.GetPathRoot(environment.CurrentDirectory)!,
            tool.Command[0],
            [.. tool.Command.Skip(1), "--project-name", project, "down", "--remove-orphans"]
        );
        return answer.ExitCode == 0 ? null : ComposeOutput.Complaint(answer.ErrorOutput);
    }
}
