using Docker.DotNet.Models;

namespace Worktree.Hooks.Platform;

/// <summary>Networks, volumes and images.</summary>
internal sealed partial class ContainerEngine
{
    /// <summary>The networks that have all these labels.</summary>
    public IReadOnlyList<EngineResource> Networks(
        CancellationToken cancellation,
        params string[] labels
    ) =>
        [
            .. Ask(
                    client.Networks.ListNetworksAsync(
                        new NetworksListParameters { Filters = ByLabel(labels) },
                        cancellation
                    )
                )
                .Select(n => new EngineResource(
                    n.ID,
                    n.Name,
                    n.Labels.ToValues(),
                    [.. (n.IPAM?.Config ?? []).Select(c => c.Subnet).Where(s => s is not null)]
                ))
                .Where(n => HasAll(n.Labels, labels)),
        ];

    /// <summary>Makes a network, also beside one of the same name, and returns its id; with no subnet the engine chooses one of its pools.</summary>
    public string CreateNetwork(
        string name,
        string? subnet,
        IReadOnlyDictionary<string, string> labels,
        CancellationToken cancellation
    ) =>
        Ask(
            client.Networks.CreateNetworkAsync(
                new NetworksCreateParameters
                {
                    Name = name,
                    Driver = "bridge",
                    Labels = new Dictionary<string, string>(labels, StringComparer.Ordinal),
                    IPAM = subnet is null
                        ? null
                        : new IPAM { Config = [new IPAMConfig { Subnet = subnet }] },
                },
                cancellation
            )
        ).ID;

    /// <summary>Removes a network; one that is gone is no error.</summary>
    public void RemoveNetwork(string id, CancellationToken cancellation) =>
        Ignoring(
            EngineFault.NotFound,
            () => Ask(client.Networks.DeleteNetworkAsync(id, cancellation))
        );

    /// <summary>The volumes that have all these labels.</summary>
    public IReadOnlyList<EngineResource> Volumes(
        CancellationToken cancellation,
        params string[] labels
    ) =>
        [
            .. (
                Ask(
                    client.Volumes.ListAsync(
                        new VolumesListParameters { Filters = ByLabel(labels) },
                        cancellation
                    )
                ).Volumes
                ?? []
            )
                .Select(v => new EngineResource(v.Name, v.Name, v.Labels.ToValues(), []))
                .Where(v => HasAll(v.Labels, labels)),
        ];

    /// <summary>The volume of that name, or null.</summary>
    public EngineResource? FindVolume(string name, CancellationToken cancellation)
    {
        try
        {
            var volume = Ask(client.Volumes.InspectAsync(name, cancellation));
            return new EngineResource(volume.Name, volume.Name, volume.Labels.ToValues(), []);
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            return null;
        }
    }

    /// <summary>Makes a volume; one of that name stays as it is.</summary>
    public void CreateVolume(
        string name,
        IReadOnlyDictionary<string, string> labels,
        CancellationToken cancellation
    ) =>
        Ask(
            client.Volumes.CreateAsync(
                new VolumesCreateParameters
                {
                    Name = name,
                    Labels = new Dictionary<string, string>(labels, StringComparer.Ordinal),
                },
                cancellation
            )
        );

    /// <summary>Removes a volume and what is in it; one that is gone is no error.</summary>
    public void RemoveVolume(string name, CancellationToken cancellation) =>
        Ignoring(
            EngineFault.NotFound,
            () => Ask(client.Volumes.RemoveAsync(name, false, cancellation))
        );

    /// <summary>The names (<c>postgres:17</c>) of the images that the engine has.</summary>
    public IReadOnlyList<string> Images(CancellationToken cancellation) =>
        [
            .. Ask(client.Images.ListImagesAsync(new ImagesListParameters(), cancellation))
                .SelectMany(i => i.RepoTags ?? [])
                .Where(t => !t.StartsWith("<none>", StringComparison.Ordinal)),
        ];

    /// <summary>An image that the engine has, or null.</summary>
    public EngineImage? FindImage(string image, CancellationToken cancellation)
    {
        try
        {
            var found = Ask(client.Images.InspectImageAsync(image, cancellation));
            return new EngineImage(found.ID, [.. found.Config?.Volumes?.Keys ?? []]);
        }
        catch (EngineException e)
            when (e.Fault is EngineFault.ImageNotFound or EngineFault.NotFound)
        {
            return null;
        }
    }

    /// <summary>Fetches an image from its registry.</summary>
    /// <param name="image">Its name; without a tag or digest, <c>latest</c>.</param>
    /// <param name="progress">Told the bytes fetched and the bytes known so far.</param>
    /// <param name="cancellation">Ends it.</param>
    public void Pull(string image, Action<long, long> progress, CancellationToken cancellation)
    {
        var layers = new Dictionary<string, (long Done, long Total)>(StringComparer.Ordinal);
        string? refusal = null;
        void Report(JSONMessage message)
        {
            refusal ??= message.Error?.Message;
            if (message is { Status: "Downloading", ID: not null, Progress: { Total: > 0 } step })
            {
                layers[message.ID] = (step.Current ?? 0, step.Total ?? 0);
                progress(layers.Values.Sum(l => l.Done), layers.Values.Sum(l => l.Total));
            }
        }
        var hasTag =
            image.Contains('@', StringComparison.Ordinal)
            || image.LastIndexOf(':') > image.LastIndexOf('/');
        Ask(
            client.Images.CreateImageAsync(
                new ImagesCreateParameters { FromImage = hasTag ? image : image + ":latest" },
                new AuthConfig(),
                new Direct<JSONMessage>(Report),
                cancellation
            )
        );
        if (refusal is not null)
        {
            throw new EngineException(
                EngineWords.FaultOf(System.Net.HttpStatusCode.OK, refusal),
                refusal
            );
        }
    }
}
