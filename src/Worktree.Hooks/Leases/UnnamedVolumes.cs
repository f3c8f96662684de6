using System.Text.RegularExpressions;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>
/// Volumes without a name (<c>VOLUME</c> of an image, <c>volumes: [/path]</c>). They have no label of ours, so that only
/// the container tells whose they are, and Compose keeps them when it removes that.
/// </summary>
internal static partial class UnnamedVolumes
{
    // Docker 23 and later; those before, and Podman, give only a name that nobody writes.
    private const string AnonymousLabel = "com.docker.volume.anonymous";

    /// <summary>The names of those that containers have mounted.</summary>
    /// <param name="containers">The containers, as a list shows them.</param>
    /// <param name="volumes">All volumes of the engine.</param>
    public static IReadOnlyList<string> Of(
        IEnumerable<EngineContainer> containers,
        IReadOnlyList<EngineResource> volumes
    )
    {
        var unnamed = volumes
            .Where(v =>
                (v.Labels.ContainsKey(AnonymousLabel) || MadeUpName().IsMatch(v.Name))
                && !v.Labels.ContainsKey(WorktreeContainers.Label)
            )
            .Select(v => v.Name)
            .ToHashSet(StringComparer.Ordinal);
        return
        [
            .. containers
                .SelectMany(c => c.Mounts)
                .Select(m => m.Volume)
                .OfType<string>()
                .Where(unnamed.Contains)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Removes those that still exist and that no container has mounted.</summary>
    /// <returns>The names of what was removed.</returns>
    /// <exception cref="EngineException">The engine refused; what it removed before stays removed.</exception>
    public static IReadOnlyList<string> Remove(
        ContainerEngine engine,
        IReadOnlyList<string> names,
        CancellationToken cancellation
    )
    {
        if (names.Count == 0)
        {
            return [];
        }
        var used = engine
            .Containers(cancellation)
            .SelectMany(c => c.Mounts)
            .Select(m => m.Volume)
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        var unused = engine
            .Volumes(cancellation)
            .Select(v => v.Name)
            .Where(v => names.Contains(v, StringComparer.Ordinal) && !used.Contains(v))
            .ToList();
        WorktreeContainers.Each(unused, v => engine.RemoveVolume(v, cancellation));
        return unused;
    }

    [GeneratedRegex("^[0-9a-f]{64}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MadeUpName();
}
