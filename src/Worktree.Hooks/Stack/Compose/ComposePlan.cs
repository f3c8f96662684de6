namespace Worktree.Hooks.Stack;

/// <summary>What a service is to have in this worktree instead of what the file says; null leaves it.</summary>
internal sealed record ServiceOverride
{
    /// <summary>All published ports, old and new.</summary>
    public IReadOnlyList<ComposePort>? Ports { get; init; }

    /// <summary>True where <c>container_name</c> goes, so that Compose makes a name from the project's.</summary>
    public bool DropsContainerName { get; init; }

    /// <summary>The tag under which this worktree's own build goes.</summary>
    public string? Image { get; init; }

    /// <summary>True where further tags of the build go.</summary>
    public bool DropsBuildTags { get; init; }

    /// <summary>Networks with what is added to them, or all of them where <see cref="ReplacesNetworks"/>.</summary>
    public IReadOnlyDictionary<string, ComposeAttachment>? Networks { get; init; }

    /// <summary>True where fixed addresses go, which merging could not take away.</summary>
    public bool ReplacesNetworks { get; init; }

    /// <summary>True where nothing says how long a stop may take, and the engine would kill at once.</summary>
    public bool NeedsGracePeriod { get; init; }

    /// <summary>The mounts that lead elsewhere; Compose merges them by their target.</summary>
    public IReadOnlyList<ComposeMount>? Mounts { get; init; }
}

/// <summary>What a network or a volume is to be in this worktree instead of what the file says.</summary>
internal sealed record ResourceOverride
{
    public string? Name { get; init; }

    /// <summary>True where something that is shared by all becomes the worktree's own.</summary>
    public bool DropsExternal { get; init; }

    /// <summary>True where a fixed subnet goes.</summary>
    public bool DropsIpam { get; init; }

    /// <summary>True where the folder behind a volume goes.</summary>
    public bool DropsDriverOpts { get; init; }

    /// <summary>The folder behind a volume.</summary>
    public string? Device { get; init; }

    /// <summary>False for what stays external, which takes no label.</summary>
    public bool IsLabelled { get; init; } = true;
}

/// <summary>The override of one worktree: pure values, written by <see cref="ComposeOverrideFile"/>.</summary>
internal sealed record ComposePlan
{
    public required IReadOnlyDictionary<string, ServiceOverride> Services { get; init; }

    public required IReadOnlyDictionary<string, ResourceOverride> Networks { get; init; }

    public required IReadOnlyDictionary<string, ResourceOverride> Volumes { get; init; }

    /// <summary>What a person should know of it, in a line each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>What only <c>!override</c> and <c>!reset</c> can take away, so that an old Compose will not do.</summary>
    public IReadOnlyList<string> NeedsTags =>
        [
            .. Services.SelectMany(s => TagsOf(s.Key, s.Value)),
            .. Networks
                .Where(n => n.Value.DropsExternal || n.Value.DropsIpam)
                .Select(n => $"network '{n.Key}'"),
            .. Volumes
                .Where(v => v.Value.DropsExternal || v.Value.DropsDriverOpts)
                .Select(v => $"volume '{v.Key}'"),
        ];

    private static IEnumerable<string> TagsOf(string name, ServiceOverride service)
    {
        if (service.Ports is not null)
        {
            yield return $"the ports of '{name}'";
        }
        if (service.DropsContainerName)
        {
            yield return $"container_name of '{name}'";
        }
        if (service.DropsBuildTags)
        {
            yield return $"the tags of the build of '{name}'";
        }
        if (service.ReplacesNetworks)
        {
            yield return $"the addresses of '{name}'";
        }
    }
}
