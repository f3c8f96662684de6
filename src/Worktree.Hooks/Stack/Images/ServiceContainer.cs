using System.Globalization;
using System.Text;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>What a service's container is to be made of, with every reference filled in.</summary>
internal sealed class ServiceContainer
{
    /// <summary>The label with the hash of all that the container was made of.</summary>
    public const string ContentLabel = "worktree-hooks.content";

    private readonly string root;
    private readonly string gitDirectory;
    private readonly string projectName;
    private string imageId = "";

    /// <summary>Makes the plan of one; the engine is not asked.</summary>
    /// <exception cref="WorktreeHooksException">WTH3003, WTH3007: a value makes no sense, or a reference names nothing.</exception>
    public ServiceContainer(
        HostEnvironment environment,
        Allocation allocation,
        ServiceConfiguration service
    )
    {
        Service = service;
        Configuration = service.Container!;
        root = allocation.Identity.Checkout.Root;
        gitDirectory = allocation.Identity.Checkout.GitDirectory;
        projectName = allocation.ProjectName;
        var variables = new ServiceEnvironment(environment, allocation, service);
        ReadyValue = variables.FillReady();
        Ports =
        [
            .. Configuration.Ports.Select(p => new EnginePort(
                allocation.Ports.First(a => a.Variable.Name == p.Key).Port,
                p.Value
            )),
        ];
        Mounts =
        [
            .. Configuration.Volumes.Select(v =>
                v.IsNamed
                    ? new EngineMount(
                        $"{allocation.ProjectName}_{v.Source}",
                        "",
                        v.Target,
                        v.IsWritable
                    )
                    : new EngineMount(
                        null,
                        SourceOf(v, variables.Fill(v.Source)),
                        v.Target,
                        v.IsWritable
                    )
            ),
        ];
        Request = new EngineContainerRequest
        {
            Name = $"{allocation.ProjectName}-{service.Name}",
            Image = variables.Fill(Configuration.Image),
            Command = [.. service.Command.Select(variables.Fill)],
            Env = variables.Own,
            Ports = Ports,
            Aliases = [service.Name],
            User = Configuration.User is { } user ? variables.Fill(user) : null,
            Init = Configuration.Init,
            HealthCommand = Configuration.Health is { } health ? variables.Fill(health) : null,
            HealthStartPeriod = service.Ready.Timeout,
            StopTimeout = service.StopTimeout,
            SeesHost = allocation.Configuration.Services.Any(s => s.Container is null),
        };
    }

    /// <summary>The service.</summary>
    public ServiceConfiguration Service { get; }

    /// <summary>The ports of the engine's machine that lead into it.</summary>
    public IReadOnlyList<EnginePort> Ports { get; }

    /// <summary>Its mounts.</summary>
    public IReadOnlyList<EngineMount> Mounts { get; private set; }

    /// <summary>The hash of everything that it is made of: a container with another one is not what worktree.json says now.</summary>
    public string Content { get; private set; } = "";

    /// <summary>The value of its readiness check.</summary>
    public string ReadyValue { get; }

    /// <summary>The image.</summary>
    public string Image => Request.Image;

    private ContainerConfiguration Configuration { get; }

    private EngineContainerRequest Request { get; }

    /// <summary>The volumes of the engine that it needs.</summary>
    public IEnumerable<string> VolumeNames => Mounts.Select(m => m.Volume).OfType<string>();

    /// <summary>The mounts that the image asks for, before they are named.</summary>
    public IReadOnlyList<EngineMount> ImageMounts { get; private set; } = [];

    /// <summary>
    /// Adds what only the image tells. A folder that the image keeps out of the container and that worktree.json mounts
    /// nothing on gets a volume of the worktree: the one that the engine would make has no name, and nobody would find
    /// its data again (docs.docker.com/reference/dockerfile/#volume).
    /// </summary>
    public void Complete(EngineImage image)
    {
        imageId = image.Id;
        var mounted = Mounts.Select(m => m.Target.TrimEnd('/')).ToHashSet(StringComparer.Ordinal);
        ImageMounts =
        [
            .. image
                .Volumes.Select(path => path.TrimEnd('/'))
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Where(path => !mounted.Contains(path))
                .Select(path => new EngineMount(NameOf(path), "", path, IsWritable: true)),
        ];
    }

    /// <summary>Gives the volumes the names that they have in the engine, after which the plan is whole.</summary>
    /// <param name="ofImage">Tells the name of one that the image asks for.</param>
    /// <param name="inEngine">Tells the engine's name of any.</param>
    public void NameVolumes(Func<EngineMount, string> ofImage, Func<string, string> inEngine)
    {
        Mounts =
        [
            .. Mounts
                .Concat(ImageMounts.Select(m => m with { Volume = ofImage(m) }))
                .Select(m => m.Volume is { } name ? m with { Volume = inEngine(name) } : m),
        ];
        Content = ContentOf(imageId);
    }

    // /var/lib/data of "db": webserver_db-var-lib-data.
    private string NameOf(string path) =>
        $"{projectName}_{Service.Name}-"
        + string.Concat(
            path.Trim('/').Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '-')
        );

    /// <summary>The request for the engine.</summary>
    /// <param name="network">The worktree's network.</param>
    /// <param name="me">Tells who <c>"me"</c> is; null leaves it to the image.</param>
    public EngineContainerRequest RequestIn(string network, Func<string?> me) =>
        Request with
        {
            Network = network,
            Mounts = Mounts,
            User = Request.User == ContainerReader.Me ? me() : Request.User,
            Labels = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [WorktreeContainers.Label] = gitDirectory,
                [WorktreeContainers.ServiceLabel] = Service.Name,
                [ContentLabel] = Content,
            },
        };

    private string ContentOf(string imageId)
    {
        var text = new StringBuilder();
        void Add(string name, IEnumerable<string?> values) =>
            text.Append(name).Append('\n').AppendJoin('\0', values).Append('\n');
        Add("image", [imageId, Request.Image, Request.Name]);
        Add("command", Request.Command);
        Add("env", Request.Env.Select(e => $"{e.Key}={e.Value}"));
        Add("mounts", Mounts.Select(m => $"{m.Volume}:{m.Source}:{m.Target}:{m.IsWritable}"));
        Add(
            "ports",
            Ports.Select(p =>
                string.Create(CultureInfo.InvariantCulture, $"{p.HostPort}:{p.ContainerPort}")
            )
        );
        Add("user", [Request.User]);
        Add("init", [$"{Request.Init} {Request.SeesHost}"]);
        Add("health", [Request.HealthCommand]);
        return TextHash.Hex(text.ToString(), 16);
    }

    /// <summary>
    /// Makes the folders that it writes to where they are not there yet, as this user: the engine would make them as
    /// root. What is there stays.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH5018: something that it only reads is not there, or a folder cannot be made.</exception>
    public void MakeFolders()
    {
        foreach (var mount in Mounts.Where(m => m.Volume is null && !Path.Exists(m.Source)))
        {
            if (!mount.IsWritable)
            {
                throw Missing(mount, "is not there. Make it, or take the volume out");
            }
            try
            {
                Directory.CreateDirectory(mount.Source);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Missing(mount, $"cannot be made: {e.Message.TrimEnd('.')}. Make it", e);
            }
        }
    }

    private WorktreeHooksException Missing(EngineMount mount, string what, Exception? inner = null)
    {
        var kind = mount.IsWritable ? "writes to" : "reads";
        return new WorktreeHooksException(
            ErrorCatalogue.MountSourceMissing,
            $"'{mount.Source}', which service '{Service.Name}' {kind} at '{mount.Target}', {what}, and start again.",
            inner
        );
    }

    // What a variable leads to can be judged only now.
    private string SourceOf(VolumeConfiguration volume, string source)
    {
        if (!Path.IsPathRooted(source))
        {
            return Path.Combine(
                root,
                volume.Node.PathInWorktree(source, "the source of a volume", allowRoot: true)
            );
        }
        var full = Path.GetFullPath(source);
        var isOwn = new[] { root, gitDirectory }.Any(folder =>
            full == folder
            || full.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
        );
        return isOwn ? full : ContainerReader.RequireReadOnly(volume.Node, full, volume.IsWritable);
    }
}
