using Worktree.Hooks.Leases;

namespace Worktree.Hooks.Stack;

/// <summary>Networks, volumes and bind mounts: which are main's too, and what takes their place.</summary>
internal sealed class ComposeResources(ComposeReading reading, List<string> notes)
{
    private readonly Allocation allocation = reading.Allocation;

    /// <summary>What becomes of each network.</summary>
    public IReadOnlyDictionary<string, ResourceOverride> Networks() =>
        Override(
            reading.Own.Networks,
            reading.AsMain?.Networks,
            (key, network, own) =>
            {
                if (own.DropsExternal)
                {
                    notes.Add(
                        $"network '{network.Name}' is shared by all worktrees: this one has its own in its place "
                            + $"('x-worktree-hooks: share' under '{key}' keeps the shared one)"
                    );
                }
                var hasSubnet = network.Ipam?.Config is { Count: > 0 };
                return own with { DropsIpam = hasSubnet };
            }
        );

    /// <summary>What becomes of each volume.</summary>
    public IReadOnlyDictionary<string, ResourceOverride> Volumes() =>
        Override(
            reading.Own.Volumes,
            reading.AsMain?.Volumes,
            (key, volume, own) =>
            {
                if (own.DropsExternal)
                {
                    notes.Add(
                        $"volume '{volume.Name}' is shared by all worktrees: this one has its own, empty at first "
                            + $"('x-worktree-hooks: share' under '{key}' keeps the shared one)"
                    );
                }
                return FolderBehind(key, volume, own);
            }
        );

    /// <summary>The mounts that lead into main's work tree, led into this one's; null where there is none.</summary>
    public IReadOnlyList<ComposeMount>? MountsOfMain(ComposeService service)
    {
        var moved = service
            .Volumes.Where(m => m.Type == "bind")
            .Select(m => (Mount: m, Source: InOwnTree(m.Source)))
            .Where(m => m.Source is not null)
            .Select(m => m.Mount with { Source = m.Source })
            .ToList();
        return moved.Count > 0 ? moved : null;
    }

    private Dictionary<string, ResourceOverride> Override(
        IReadOnlyDictionary<string, ComposeResource> own,
        IReadOnlyDictionary<string, ComposeResource>? ofMain,
        Func<string, ComposeResource, ResourceOverride, ResourceOverride> further
    )
    {
        var namesInMain = (ofMain?.Values ?? [])
            .Select(r => r.Name)
            .ToHashSet(StringComparer.Ordinal);
        return own.ToDictionary(
            r => r.Key,
            r =>
            {
                var (key, resource) = r;
                if (ofMain is null || resource.IsShared)
                {
                    return new ResourceOverride { IsLabelled = !resource.External };
                }
                var isFixed = namesInMain.Contains(resource.Name);
                var named = new ResourceOverride
                {
                    Name = isFixed ? $"{allocation.ProjectName}_{resource.Name}" : null,
                    DropsExternal = isFixed && resource.External,
                    IsLabelled = isFixed || !resource.External,
                };
                return named.IsLabelled ? further(key, resource, named) : named;
            },
            StringComparer.Ordinal
        );
    }

    // The local driver mounts a folder of the machine where "device" names one; another name would not part it.
    private ResourceOverride FolderBehind(string key, ComposeResource volume, ResourceOverride own)
    {
        var device = volume.DriverOpts?.GetValueOrDefault("device");
        var deviceInMain = reading
            .AsMain!.Volumes.GetValueOrDefault(key)
            ?.DriverOpts?.GetValueOrDefault("device");
        if (device is null || device != deviceInMain || !Path.IsPathRooted(device))
        {
            return own;
        }
        if (IsWithin(Plain(device), allocation.Identity.Checkout.Root))
        {
            return own; // it was written relative to the file
        }
        if (InOwnTree(device) is { } inOwnTree)
        {
            return own with { Device = inOwnTree };
        }
        notes.Add(
            $"volume '{key}' is the folder '{device}' in every worktree: this one has a volume of its own, empty at "
                + "first"
        );
        return own with { DropsDriverOpts = true };
    }

    /// <summary>
    /// A path of main's work tree as that of this one; null for any other. A worktree may lie inside of main.
    /// </summary>
    private string? InOwnTree(string? path)
    {
        var root = allocation.Identity.Checkout.Root;
        var plain = path is null ? null : Plain(path);
        return
            plain is not null
            && allocation.Identity.MainRoot is { } mainRoot
            && IsWithin(plain, mainRoot)
            && !IsWithin(plain, root)
            // The private git dirs lie in main's: the certificate's files are the worktree's own already.
            && !IsWithin(plain, allocation.Identity.Checkout.CommonDirectory)
            ? (root + plain[mainRoot.Length..]).Replace("$", "$$", StringComparison.Ordinal)
            : null;
    }

    private static string Plain(string path) => path.Replace("$$", "$", StringComparison.Ordinal);

    private static bool IsWithin(string path, string folder) =>
        path == folder
        || path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
