using System.Net;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>The containers of one worktree's compose project: found by Compose's labels, never by their names.</summary>
internal sealed class ComposeStack(
    ContainerEngine engine,
    PreparedCompose prepared,
    CancellationToken cancellation
)
{
    /// <summary>Compose's label with the project's name.</summary>
    public const string ProjectLabel = "com.docker.compose.project";

    /// <summary>The project as it will run.</summary>
    public PreparedCompose Prepared => prepared;

    /// <summary>The services that are to have containers.</summary>
    public IEnumerable<KeyValuePair<string, ComposeService>> Wanted =>
        prepared.Enabled.Where(s => s.Value.HasContainers);

    /// <summary>The services that run now.</summary>
    public IReadOnlySet<string> Running =>
        Containers
            .Where(c => c.IsRunning)
            .Select(WorktreeContainers.ServiceOf)
            .ToHashSet(StringComparer.Ordinal);

    private IEnumerable<EngineContainer> Containers =>
        engine
            .Containers(cancellation, $"{ProjectLabel}={prepared.Call.ProjectName}")
            .Where(WorktreeContainers.IsService);

    /// <summary>The project's containers, also those that have ended.</summary>
    public ILookup<string, EngineContainer> ByService() =>
        Containers.ToLookup(WorktreeContainers.ServiceOf, StringComparer.Ordinal);

    /// <summary>True where every service runs, or has done its one step, as the files say now.</summary>
    public bool IsComplete(ComposeReadiness readiness)
    {
        var containers = ByService();
        if (!Wanted.Any() || !Wanted.All(s => containers[s.Key].Any()))
        {
            return false;
        }
        var hashes = Hashes();
        return Wanted.All(s =>
            containers[s.Key]
                .All(c =>
                    c.Label("com.docker.compose.config-hash") == hashes.GetValueOrDefault(s.Key)
                    && (
                        c.IsRunning
                            ? readiness.IsHealthy(c)
                            : readiness.HasDoneItsStep(s.Key, s.Value, c)
                    )
                )
        );
    }

    /// <summary>What Compose has to build or pull first, in a line each.</summary>
    public IEnumerable<string> Missing() =>
        Wanted
            .Where(s => engine.FindImage(ImageOf(s.Key, s.Value), cancellation) is null)
            .Select(s =>
                s.Value.Build is null
                    ? $"pulling {s.Value.Image} for {s.Key}, which may take a while"
                    : $"building the image of {s.Key}, which may take a while"
            );

    /// <summary>
    /// Lets Compose build and pull what is missing and make containers, networks and volumes; what is there as the files
    /// say is left. Nothing that does not run is started.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH5010–WTH5017: the engine. WTH5035: anything else.</exception>
    public void Create()
    {
        var answer = prepared.Call.Run(cancellation, "create");
        if (answer.ExitCode != 0)
        {
            throw Failed("create", answer);
        }
    }

    /// <summary>True for a service with steps at its start that only Compose can do.</summary>
    public bool MustStartByCompose(ComposeService service) =>
        service.HasStartHook || prepared.Project.FillsFilesOf(service);

    /// <summary>Starts one service, its containers being made, by Compose.</summary>
    /// <exception cref="EngineException">A port is held by somebody.</exception>
    /// <exception cref="WorktreeHooksException">WTH5035: anything else.</exception>
    public void StartByCompose(string service)
    {
        var answer = prepared.Call.Run(cancellation, "up", "--detach", "--no-deps", service);
        if (FaultOf(answer) == EngineFault.PortTaken)
        {
            throw new EngineException(
                EngineFault.PortTaken,
                ComposeOutput.Complaint(answer.ErrorOutput)
            );
        }
        if (answer.ExitCode != 0)
        {
            throw Failed("up", answer);
        }
    }

    /// <summary>Takes away what runs now and did not before; "docker compose run" goes on.</summary>
    /// <returns>What kept it from that; null where nothing did.</returns>
    public string? TakeBack(IReadOnlySet<string> ranBefore)
    {
        var started = prepared
            .Enabled.Select(s => s.Key)
            .Where(s => !ranBefore.Contains(s))
            .ToList();
        if (ranBefore.Count > 0 && started.Count == 0)
        {
            return null; // an "rm" that names no service takes all
        }
        var answer =
            ranBefore.Count == 0
                ? prepared.Call.Run("down")
                : prepared.Call.Run(["rm", "--stop", "--force", .. started]);
        return answer.ExitCode == 0 ? null : ComposeOutput.Complaint(answer.ErrorOutput);
    }

    /// <summary>Starts what ran before and was made anew since: Compose has ended the former container.</summary>
    /// <returns>The services that ran before and do not now, as they could not be started.</returns>
    public IReadOnlyList<string> Resume(IReadOnlySet<string> ranBefore)
    {
        var lasting = ranBefore.Except(prepared.OneShots, StringComparer.Ordinal).ToList();
        if (lasting.Count == 0)
        {
            return [];
        }
        try
        {
            var containers = ByService();
            foreach (var name in lasting.OrderBy(DepthOf))
            {
                foreach (var container in containers[name].Where(c => c.State == "created"))
                {
                    TryStart(name, container);
                }
            }
            var running = Running;
            return [.. lasting.Where(s => !running.Contains(s)).Order(StringComparer.Ordinal)];
        }
        catch (EngineException)
        {
            return lasting; // it does not answer: whoever waits for it knows already
        }
    }

    private void TryStart(string name, EngineContainer container)
    {
        try
        {
            if (
                prepared.Project.Services.TryGetValue(name, out var service)
                && MustStartByCompose(service)
            )
            {
                StartByCompose(name);
            }
            else
            {
                engine.Start(container.Id, cancellation);
            }
        }
        catch (Exception e) when (e is EngineException or WorktreeHooksException)
        {
            // It is named in the end; why the start failed is said already.
        }
    }

    // How many services must run before it, one after the other; Compose accepts no circle.
    private int DepthOf(string service) =>
        prepared.Project.Services.TryGetValue(service, out var found)
            ? found.DependsOn.Keys.Select(d => DepthOf(d) + 1).DefaultIfEmpty().Max()
            : 0;

    private Dictionary<string, string> Hashes() =>
        prepared
            .Call.Run("config", "--hash", "*")
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .Where(words => words.Length == 2)
            .ToDictionary(words => words[0], words => words[1], StringComparer.Ordinal);

    private static EngineFault? FaultOf(ProcessResult answer) =>
        answer.ExitCode == 0 ? null : EngineWords.FaultOf(HttpStatusCode.OK, answer.ErrorOutput);

    private WorktreeHooksException Failed(string command, ProcessResult answer)
    {
        var complaint = ComposeOutput.Complaint(answer.ErrorOutput);
        if (MissingImage() is { } missing)
        {
            return EngineErrors.Of(
                new EngineException(
                    EngineFault.ImageNotFound,
                    $"'{missing.Value.Image}' is not here, and Compose says: {complaint}"
                ),
                $"service '{missing.Key}'"
            );
        }
        return FaultOf(answer) is { } fault and not EngineFault.Other
            ? EngineErrors.Of(new EngineException(fault, complaint), "the compose file")
            : new WorktreeHooksException(
                ErrorCatalogue.ComposeStartFailed,
                $"'docker compose {command}' failed: {complaint}. What it had started was stopped again. Mend what it names "
                    + "and start again."
            );
    }

    // Compose's own name for what it builds and the file gives no name.
    private string ImageOf(string name, ComposeService service) =>
        service.Image ?? $"{prepared.Call.ProjectName}-{name}";

    private KeyValuePair<string, ComposeService>? MissingImage()
    {
        foreach (var service in Wanted.Where(s => s.Value.Build is null))
        {
            if (engine.FindImage(ImageOf(service.Key, service.Value), cancellation) is null)
            {
                return service;
            }
        }
        return null;
    }
}
