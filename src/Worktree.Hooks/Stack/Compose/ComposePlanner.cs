using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;

namespace Worktree.Hooks.Stack;

/// <summary>What a plan is made from: two readings of the same files, and what this worktree has leased.</summary>
/// <param name="Own">The project with this worktree's variables.</param>
/// <param name="AsMain">The project with main's: what is equal in both would collide. Null in main itself.</param>
/// <param name="Allocation">Names and ports of this worktree.</param>
/// <param name="IsForPodman">True where Podman is to run it.</param>
internal sealed record ComposeReading(
    ComposeProject Own,
    ComposeProject? AsMain,
    Allocation Allocation,
    bool IsForPodman = false
);

/// <summary>
/// Decides what of a compose file would collide in a second worktree and what takes its place. It asks nobody. In main
/// nothing collides: its containers, networks and volumes only get their label.
/// </summary>
internal sealed class ComposePlanner
{
    private readonly Allocation allocation;
    private readonly ComposeProject own;
    private readonly ComposePorts ports;
    private readonly ComposeResources resources;
    private readonly Dictionary<string, string> images;
    private readonly HashSet<string> mainContainers = new(StringComparer.Ordinal);
    private readonly List<string> notes = [];
    private readonly bool isMain;
    private readonly bool isForPodman;

    private ComposePlanner(ComposeReading reading)
    {
        (own, var asMain, allocation, isForPodman) = reading;
        isMain = asMain is null;
        ports = new ComposePorts(reading);
        resources = new ComposeResources(reading, notes);
        mainContainers.UnionWith(
            (asMain?.Services.Values ?? []).Select(s => s.ContainerName).OfType<string>()
        );
        images = OwnImages(own, asMain, allocation.ProjectName);
    }

    /// <summary>The plan; the allocation has a port for each of <see cref="ComposePorts.Literals"/>.</summary>
    /// <exception cref="WorktreeHooksException">WTH5034: something that no override can set apart.</exception>
    public static ComposePlan Plan(ComposeReading reading)
    {
        var planner = new ComposePlanner(reading);
        var networks = planner.resources.Networks();
        var volumes = planner.resources.Volumes();
        return new ComposePlan
        {
            Networks = networks,
            Volumes = volumes,
            Services = planner.own.Services.ToDictionary(
                s => s.Key,
                s => planner.Override(s.Key, s.Value, networks),
                StringComparer.Ordinal
            ),
            Notes = planner.notes,
        };
    }

    private ServiceOverride Override(
        string name,
        ComposeService service,
        IReadOnlyDictionary<string, ResourceOverride> networks
    )
    {
        var needsGracePeriod = isForPodman && !service.HasGracePeriod;
        if (isMain)
        {
            return new ServiceOverride { NeedsGracePeriod = needsGracePeriod };
        }
        ports.RequireOwnPortsOnHostNetwork(name, service);
        var dropsName =
            service.ContainerName is { } containerName && mainContainers.Contains(containerName);
        var dropsAddresses = DropsAddresses(name, service, networks);
        return new ServiceOverride
        {
            NeedsGracePeriod = needsGracePeriod,
            Ports = ports.Replace(name, service, notes),
            DropsContainerName = dropsName,
            Image = service.Image is { } image ? images.GetValueOrDefault(image) : null,
            DropsBuildTags = service.Build is { Tags.Count: > 0 },
            ReplacesNetworks = dropsAddresses,
            Networks =
                (dropsName || dropsAddresses) && service.Networks.Count > 0
                    ? Attachments(service, dropsName, dropsAddresses)
                    : null,
            Mounts = resources.MountsOfMain(service),
        };
    }

    // Others may know the container by its name: that goes on to lead to it, in its own networks.
    private static Dictionary<string, ComposeAttachment> Attachments(
        ComposeService service,
        bool dropsName,
        bool dropsAddresses
    ) =>
        service.Networks.ToDictionary(
            n => n.Key,
            n =>
            {
                var former = dropsAddresses
                    ? (n.Value ?? new()) with
                    {
                        Ipv4Address = null,
                        Ipv6Address = null,
                    }
                    : new ComposeAttachment();
                return dropsName
                    ? former with
                    {
                        Aliases = [.. former.Aliases ?? [], service.ContainerName!],
                    }
                    : former;
            },
            StringComparer.Ordinal
        );

    private bool DropsAddresses(
        string name,
        ComposeService service,
        IReadOnlyDictionary<string, ResourceOverride> networks
    )
    {
        var addresses = service
            .Networks.Where(n => networks.TryGetValue(n.Key, out var o) && o.DropsIpam)
            .SelectMany(n => new[] { n.Value?.Ipv4Address, n.Value?.Ipv6Address })
            .OfType<string>()
            .ToList();
        foreach (var address in addresses)
        {
            var user = own.Services.FirstOrDefault(s => s.Value.Mentions(address)).Key;
            if (user is not null)
            {
                throw new WorktreeHooksException(
                    ErrorCatalogue.ComposeNotSeparable,
                    $"service '{name}' has the fixed address '{address}', and service '{user}' refers to it, so two "
                        + $"worktrees cannot both have it. Write '{name}' in its place: a service's name leads to it."
                );
            }
        }
        return addresses.Count > 0;
    }

    // A build that tags a fixed name would take main's image away; who uses that name gets this worktree's.
    private static Dictionary<string, string> OwnImages(
        ComposeProject own,
        ComposeProject? asMain,
        string projectName
    )
    {
        var mainImages = (asMain?.Services.Values ?? [])
            .Where(s => s.Build is not null)
            .Select(s => s.Image)
            .ToHashSet(StringComparer.Ordinal);
        return own
            .Services.Values.Where(s => s.Build is not null && s.Image is not null)
            .Select(s => s.Image!)
            .Where(mainImages.Contains)
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(i => i, i => WithTag(i, projectName), StringComparer.Ordinal);
    }

    // A tag has at most 128 characters (OCI distribution specification).
    private static string WithTag(string image, string projectName)
    {
        var hasTag = image.LastIndexOf(':') > image.LastIndexOf('/');
        var tag = hasTag ? $"{image[(image.LastIndexOf(':') + 1)..]}-{projectName}" : projectName;
        var repository = hasTag ? image[..image.LastIndexOf(':')] : image;
        return $"{repository}:{(tag.Length > 128 ? tag[^128..].TrimStart('-', '.') : tag)}";
    }
}
