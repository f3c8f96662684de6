using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>The volumes of a worktree's services, each the data of one service unless worktree.json shares it.</summary>
/// <param name="gitDirectory">The worktree's private git dir.</param>
/// <param name="volumes">All volumes of the engine.</param>
internal sealed class ServiceVolumes(string gitDirectory, OwnVolumes volumes)
{
    private readonly HashSet<string> news = new(StringComparer.Ordinal);

    /// <summary>A line for each volume that is to be made under another name, as another worktree has its own.</summary>
    public IEnumerable<string> News => news;

    /// <summary>The name in the engine of what is to be called so; see <see cref="OwnVolumes"/>.</summary>
    public string NameOf(string name) => volumes.NameOf(name, gitDirectory);

    /// <summary>
    /// Names the volumes of all services. A name that is made from a service and a path may be that of another path, or one
    /// of worktree.json: then the path's hash parts them, whichever came first.
    /// </summary>
    /// <param name="services">The services, with what their images ask for.</param>
    public void Name(IReadOnlyList<ServiceContainer> services)
    {
        var taken = services
            .SelectMany(s => s.Mounts)
            .Select(m => m.Volume)
            .Distinct()
            .Concat(services.SelectMany(s => s.ImageMounts).Select(m => m.Volume))
            .OfType<string>()
            .GroupBy(name => name, StringComparer.Ordinal)
            .Where(names => names.Count() > 1)
            .Select(names => names.Key)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var service in services)
        {
            service.NameVolumes(
                mount =>
                    taken.Contains(mount.Volume!)
                        ? $"{mount.Volume}-{TextHash.Hex(mount.Target, 6)}"
                        : mount.Volume!,
                NameInEngine
            );
        }
    }

    private string NameInEngine(string name)
    {
        var own = NameOf(name);
        if (own != name && volumes.All.All(v => v.Name != own))
        {
            news.Add(
                $"volume '{name}' is that of '{volumes.OwnerOf(name)}': this worktree has '{own}' in its place"
            );
        }
        return own;
    }
}
