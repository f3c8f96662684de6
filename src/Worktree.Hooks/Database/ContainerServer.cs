using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// A running container that may write to a data directory: the engine's mounts tell it, also where the server has left no
/// trace on this machine yet. Where no engine answers there is none.
/// </summary>
internal sealed class ContainerServer
{
    /// <summary>The port that PostgreSQL listens on where nobody says another.</summary>
    public const int DefaultPort = 5432;

    private readonly EngineContainerDetails details;

    private ContainerServer(EngineContainer container, EngineContainerDetails details)
    {
        Container = container;
        this.details = details;
    }

    /// <summary>The container.</summary>
    public EngineContainer Container { get; }

    /// <summary>The id of its image, which this engine has.</summary>
    public string ImageId => details.ImageId;

    /// <summary>The container on a data directory, or null.</summary>
    public static ContainerServer? Find(
        HostEnvironment environment,
        string dataDirectory,
        CancellationToken cancellation
    )
    {
        try
        {
            using var engine = ContainerEngine.Connect(environment, cancellation);
            // Its paths are those of another machine.
            return engine.IsRemote
                ? null
                : All(engine, dataDirectory, cancellation)
                    .FirstOrDefault(c => c.Container.IsRunning);
        }
        catch (EngineException)
        {
            return null; // what runs on this machine's own account is looked for without an engine
        }
    }

    /// <summary>All containers on a data directory, running ones first; no helper of ours.</summary>
    public static IEnumerable<ContainerServer> All(
        ContainerEngine engine,
        string dataDirectory,
        CancellationToken cancellation
    ) =>
        Of(engine, engine.ContainersOn(dataDirectory, cancellation), cancellation)
            .Where(c => c.MayBeServerOf(dataDirectory));

    /// <summary>All containers that may write to a named volume, running ones first; no helper of ours.</summary>
    public static IEnumerable<ContainerServer> AllOnVolume(
        ContainerEngine engine,
        string volume,
        CancellationToken cancellation
    ) => Of(engine, engine.ContainersOnVolume(volume, cancellation), cancellation);

    private static IEnumerable<ContainerServer> Of(
        ContainerEngine engine,
        IEnumerable<EngineContainer> containers,
        CancellationToken cancellation
    ) =>
        containers
            .Where(c => c.Label(HelperContainer.Label) is null)
            .OrderByDescending(c => c.IsRunning)
            .Select(c => new ContainerServer(c, engine.Inspect(c.Id, cancellation)));

    /// <summary>Throws where a running container has the worktree's own database mounted.</summary>
    /// <exception cref="WorktreeHooksException">WTH4003.</exception>
    public static void RequireNone(
        HostEnvironment environment,
        string target,
        CancellationToken cancellation
    )
    {
        if (Find(environment, target, cancellation) is { } found)
        {
            throw DatabaseFailure.TargetInUse(
                $"the running container {found.Container} has '{target}' mounted and may write to it"
            );
        }
    }

    /// <summary>Where its server may be reached: at its published port, or where this machine is its network's host.</summary>
    public IEnumerable<(string Host, int Port)> Endpoints
    {
        get
        {
            var port = PortIn(details);
            return details
                .Ports.Where(p => p.ContainerPort == port)
                .Select(p => ("127.0.0.1", p.HostPort))
                .Concat(details.Addresses.Select(address => (address, port)));
        }
    }

    /// <summary>The port that PostgreSQL listens on in a container: <c>PGPORT</c>, else 5432.</summary>
    public static int PortIn(EngineContainerDetails details) =>
        int.TryParse(
            details.Env.GetValueOrDefault("PGPORT"),
            System.Globalization.CultureInfo.InvariantCulture,
            out var chosen
        )
            ? chosen
            : DefaultPort;

    /// <summary>Settings with what the container was given in their place.</summary>
    public IReadOnlyDictionary<string, string> Over(IReadOnlyDictionary<string, string> settings)
    {
        var both = new Dictionary<string, string>(settings, StringComparer.Ordinal);
        foreach (
            var name in new[] { "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "PGPASSWORD" }
        )
        {
            if (details.Env.TryGetValue(name, out var value))
            {
                both[name] = value;
            }
        }
        return both;
    }

    // A folder above may be the whole worktree, mounted for an editor: only a server's container counts there.
    private bool MayBeServerOf(string dataDirectory)
    {
        var wanted = RealPath.Of(dataDirectory);
        var isAtOrInside = details.Mounts.Any(m =>
            m.IsWritable && IsAtOrInside(RealPath.Of(m.Source), wanted)
        );
        return isAtOrInside
            || details.Env.ContainsKey("PGDATA")
            || Container.Image.Contains("postgres", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsAtOrInside(string path, string folder) =>
        path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);
}
