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
            var running = Stop(environment, engine, checkout, project, narrator);
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

    private static IReadOnlyList<string> Stop(
        HostEnvironment environment,
        ContainerEngine engine,
        Checkout checkout,
        string project,
        Narrator narrator
    )
    {
        var containers = engine
            .Containers(CancellationToken.None, LabelOf(project))
            .ToLookup(c => ComposeOwner.IsOwn(engine, checkout, c));
        List<EngineContainer> own = [.. containers[true]];
        List<EngineContainer> strangers = [.. containers[false]];
        var labelled = WorktreeContainers.Of(engine, checkout.GitDirectory, CancellationToken.None);
        KeptVolumes.TryRemember(
            environment,
            checkout,
            engine,
            own.Concat(labelled).DistinctBy(c => c.Id),
            narrator,
            CancellationToken.None
        );
        SayLeft(project, strangers, isAll: own.Count == 0, narrator);
        if (own.Count > 0)
        {
            Down(environment, engine, project, own, isAll: strangers.Count == 0);
        }
        ComposeRecord.End(checkout);
        return ServicesOf(own.Where(c => c.IsRunning));
    }

    private static string LabelOf(string project) => $"{ComposeStack.ProjectLabel}={project}";

    private static List<string> ServicesOf(IEnumerable<EngineContainer> containers) =>
        [
            .. containers
                .Select(WorktreeContainers.ServiceOf)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];

    private static void SayLeft(
        string project,
        IReadOnlyList<EngineContainer> strangers,
        bool isAll,
        Narrator narrator
    )
    {
        foreach (var place in strangers.GroupBy(ComposeOwner.PlaceOf))
        {
            narrator.Say(
                isAll
                    ? $"project '{project}' was started from {place.Key}, not from here: it is left"
                    : $"left what was started from {place.Key}, not from here: {string.Join(", ", ServicesOf(place))} of project '{project}'"
            );
        }
    }

    // Compose knows the order from its labels; it does not where a container that others waited for is gone, or where
    // there is no Compose. It takes a project whole, so that strangers' containers would go too. Then ours go all at once.
    private static void Down(
        HostEnvironment environment,
        ContainerEngine engine,
        string project,
        IReadOnlyList<EngineContainer> own,
        bool isAll
    )
    {
        if (isAll && IsTakenDown(environment, project))
        {
            return;
        }
        WorktreeContainers.End(engine, own, withVolumes: false, CancellationToken.None);
        if (engine.Containers(CancellationToken.None, LabelOf(project)).Count > 0)
        {
            return; // they are in its networks
        }
        foreach (var network in engine.Networks(CancellationToken.None, LabelOf(project)))
        {
            engine.RemoveNetwork(network.Id, CancellationToken.None);
        }
    }

    // In a folder where no compose file is found: labels alone decide, as the file may be changed or gone.
    private static bool IsTakenDown(HostEnvironment environment, string project)
    {
        ComposeTool tool;
        try
        {
            tool = ComposeTool.Require(environment);
        }
        catch (WorktreeHooksException)
        {
            return false;
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
        return answer.ExitCode == 0;
    }
}
