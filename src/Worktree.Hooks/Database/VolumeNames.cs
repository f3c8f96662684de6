using Worktree.Hooks.EnvFiles;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
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
    /// as Compose will name it, or, for a fixed name, as the override does. Of services in worktree.json, both are those
    /// that no other owner has.
    /// </summary>
    /// <exception cref="EngineException">The engine refuses.</exception>
    public static VolumeNames Of(ContainerEngine engine, DatabaseCall call, string key)
    {
        var identity = call.Identity;
        // A clone of the same folder name may have it, so that the lease gave main another one.
        var main =
            ProjectIn(identity.MainRoot)
            ?? (identity with { IsMain = true, Name = WorktreeIdentity.MainName }).ProjectName;
        var own = ProjectIn(identity.Checkout.Root) ?? identity.ProjectName;
        var all = new OwnVolumes(engine.Volumes(call.Cancellation));
        // Of a bare repository, or where worktree.json names it, main is a linked worktree.
        var ofMain =
            (identity.MainRoot is { } root ? CheckoutLocator.TryLocate(root) : null)?.GitDirectory
            ?? identity.Checkout.CommonDirectory;
        var plain = NameOf($"{main}_{key}", ofMain);
        var found = all
            .All.Where(v => !call.EvadesOwners || !all.IsOthers(v.Name, ofMain))
            .ToList();
        var source = (
            found.Find(v =>
                v.Labels.GetValueOrDefault(ProjectLabel) == main
                && v.Labels.GetValueOrDefault(VolumeLabel) == key
            )
            ?? found.Find(v => v.Name == plain)
            ?? found.Find(v => v.Name == key)
        )?.Name;
        var target = $"{own}_{(source is null || source == plain ? key : source)}";
        return new VolumeNames(key, source, NameOf(target, identity.Checkout.GitDirectory), own);

        string NameOf(string name, string gitDirectory) =>
            call.EvadesOwners ? all.NameOf(name, gitDirectory) : name;
    }

    private static string? ProjectIn(string? root) =>
        root is null
            ? null
            : EnvFile.ReadSaved(root)?.Values.GetValueOrDefault("COMPOSE_PROJECT_NAME");
}
