using Worktree.Hooks.EnvFiles;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>Main's volume and the worktree's, as the engine knows them.</summary>
/// <param name="Key">The volume as <c>worktree.json</c> and the compose file name it.</param>
/// <param name="Source">Main's; null where it has none.</param>
/// <param name="Target">The worktree's, which may not be there yet.</param>
/// <param name="Project">The worktree's compose project.</param>
internal sealed record VolumeNames(string Key, string? Source, string Target, string Project)
{
    // https://docs.docker.com/reference/compose-file/volumes/: Compose labels what it makes, and warns of others' volumes.
    private const string ProjectLabel = "com.docker.compose.project";
    private const string VolumeLabel = "com.docker.compose.volume";

    /// <summary>The labels that Compose itself puts on such a volume.</summary>
    public IEnumerable<KeyValuePair<string, string>> ComposeLabels =>
        [new(ProjectLabel, Project), new(VolumeLabel, Key)];

    /// <summary>
    /// Asks the engine for main's volume: Compose's of main's project, else one that is named so. The worktree's is named
    /// as Compose will name it, or, for a fixed name, as the override does.
    /// </summary>
    /// <exception cref="EngineException">The engine refuses.</exception>
    public static VolumeNames Of(
        ContainerEngine engine,
        WorktreeIdentity identity,
        string key,
        CancellationToken cancellation
    )
    {
        var main = (identity with { IsMain = true, Name = WorktreeIdentity.MainName }).ProjectName;
        var own =
            EnvFile
                .ReadSaved(identity.Checkout.Root)
                ?.Values.GetValueOrDefault("COMPOSE_PROJECT_NAME")
            ?? identity.ProjectName;
        var composed = engine.Volumes(
            cancellation,
            $"{ProjectLabel}={main}",
            $"{VolumeLabel}={key}"
        );
        var plain = $"{main}_{key}";
        var source =
            composed is [var first, ..] ? first.Name
            : engine.FindVolume(plain, cancellation) is not null ? plain
            : engine.FindVolume(key, cancellation)?.Name;
        var target = source is null || source == plain ? $"{own}_{key}" : $"{own}_{source}";
        return new VolumeNames(key, source, target, own);
    }
}
