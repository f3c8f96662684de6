using Worktree.Hooks.Configuration;

namespace Worktree.Hooks.Stack;

/// <summary>Which services a start has to start, and in which order.</summary>
internal static class ServicePlan
{
    /// <summary>True for a build step or a migration, which ends by itself.</summary>
    public static bool IsOneShot(ServiceConfiguration service) =>
        service.Ready.Kind == ReadyKind.Exit;

    /// <summary>The services that are meant to run and do not.</summary>
    public static List<ServiceConfiguration> Missing(
        IReadOnlyList<ServiceConfiguration> services,
        IReadOnlySet<string> live
    ) => [.. services.Where(s => !IsOneShot(s) && !live.Contains(s.Name))];

    /// <summary>True where every service that is meant to run on, runs.</summary>
    public static bool IsComplete(
        IReadOnlyList<ServiceConfiguration> services,
        IReadOnlySet<string> live
    ) => !services.All(IsOneShot) && Missing(services, live).Count == 0;

    /// <summary>
    /// The missing services and the one-shot steps before them that were not done just now; a stack of nothing but steps
    /// runs them all.
    /// </summary>
    public static List<ServiceConfiguration> Needed(
        IReadOnlyList<ServiceConfiguration> services,
        IReadOnlySet<string> live
    )
    {
        if (services.All(IsOneShot))
        {
            return [.. services];
        }
        var needed = Missing(services, live).ToHashSet();
        var queue = new Queue<ServiceConfiguration>(needed);
        while (queue.TryDequeue(out var service))
        {
            foreach (
                var step in services.Where(s =>
                    IsOneShot(s)
                    && !live.Contains(s.Name)
                    && service.DependsOn.Contains(s.Name)
                    && needed.Add(s)
                )
            )
            {
                queue.Enqueue(step);
            }
        }
        return [.. services.Where(needed.Contains)];
    }

    /// <summary>Each service behind those that it depends on.</summary>
    public static IEnumerable<ServiceConfiguration> InOrder(
        IReadOnlyList<ServiceConfiguration> services
    )
    {
        // The configuration was refused if its dependencies went round in a circle, so this ends.
        var waiting = services.ToList();
        while (waiting.Count > 0)
        {
            var next = waiting.First(s =>
                !waiting.Exists(other => s.DependsOn.Contains(other.Name))
            );
            waiting.Remove(next);
            yield return next;
        }
    }
}
