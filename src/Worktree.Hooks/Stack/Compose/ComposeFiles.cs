using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.EnvFiles;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>The files that Compose is to read, in their order; all paths are absolute.</summary>
/// <param name="Files">The compose files: the main one, then its override.</param>
/// <param name="EnvFiles">The env files: later ones win.</param>
/// <param name="Profiles">The profiles that <c>COMPOSE_PROFILES</c> names.</param>
internal sealed record ComposeFiles(
    IReadOnlyList<string> Files,
    IReadOnlyList<string> EnvFiles,
    IReadOnlyList<string> Profiles
)
{
    // As Compose looks for them; any --file switches its own search off.
    private static readonly string[] Names =
    [
        "compose.yaml",
        "compose.yml",
        "docker-compose.yml",
        "docker-compose.yaml",
    ];

    private static readonly string[] OverrideNames =
    [
        "compose.override.yml",
        "compose.override.yaml",
        "docker-compose.override.yml",
        "docker-compose.override.yaml",
    ];

    /// <summary>The folder that relative paths of the files start from.</summary>
    public string Folder => Path.GetDirectoryName(Files[0])!;

    /// <summary>
    /// The files of a worktree: those that worktree.json or <c>COMPOSE_FILE</c> names, else those at the root. Null
    /// where there are none.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH5030: a file that is named is not there.</exception>
    public static ComposeFiles? Find(
        HostEnvironment environment,
        string root,
        WorktreeConfiguration configuration
    )
    {
        var atRoot = EnvFilesOf(environment, root, root);
        var files =
            configuration.Compose is { } named ? Named(root, named, configuration)
            : Setting(environment, atRoot, "COMPOSE_FILE") is { } list
                ? Listed(root, list, Setting(environment, atRoot, "COMPOSE_PATH_SEPARATOR"))
            : AtRoot(root);
        if (files is null)
        {
            return null;
        }
        // Compose has its profiles from all the files that it is given.
        var envFiles = EnvFilesOf(environment, root, Path.GetDirectoryName(files[0])!);
        var profiles = Setting(environment, envFiles, "COMPOSE_PROFILES") ?? "";
        return new ComposeFiles(files, envFiles, Words(profiles, ','));
    }

    /// <summary>
    /// The env files of a worktree: those that <c>COMPOSE_ENV_FILES</c> names in the environment, which Compose itself
    /// would not look at beside ours (https://docs.docker.com/compose/how-tos/environment-variables/envvars/), else each
    /// <c>.env</c> that exists, of the compose file's folder first; then <c>.env.local</c>.
    /// </summary>
    public static IReadOnlyList<string> EnvFilesOf(
        HostEnvironment environment,
        string root,
        string composeFolder
    )
    {
        string[] folders = [composeFolder, root];
        var named = Words(environment.Variable("COMPOSE_ENV_FILES") ?? "", ',');
        return
        [
            // One that is named and missing is left to Compose, which refuses it by its name.
            .. named.Select(f =>
                folders.Select(d => Path.GetFullPath(f, d)).FirstOrDefault(File.Exists)
                ?? Path.GetFullPath(f, composeFolder)
            ),
            .. (named.Length > 0 ? [] : folders.Select(d => Path.Combine(d, ".env")))
                .Append(Path.Combine(root, EnvFile.FileName))
                .Distinct(StringComparer.Ordinal)
                .Where(File.Exists),
        ];
    }

    // As for Compose itself: the shell, also where it has emptied the variable, then the files.
    private static string? Setting(
        HostEnvironment environment,
        IReadOnlyList<string> envFiles,
        string name
    ) =>
        (
            environment.Variables.TryGetValue(name, out var value)
            || EnvSettings.Of(environment, envFiles).TryGetValue(name, out value)
        )
        && value.Length > 0
            ? value
            : null;

    private static List<string> Named(
        string root,
        string named,
        WorktreeConfiguration configuration
    )
    {
        var file = Path.Combine(root, named);
        Require(file, $"\"compose\" in '{configuration.File}'");
        var folder = Path.GetDirectoryName(file)!;
        var overrides = Names.Contains(Path.GetFileName(file), StringComparer.Ordinal)
            ? OverrideNames
            : [$"{Path.GetFileNameWithoutExtension(file)}.override{Path.GetExtension(file)}"];
        return WithOverride(file, folder, overrides);
    }

    private static List<string> Listed(string root, string list, string? separator)
    {
        var files = Words(list, separator?[0] ?? Path.PathSeparator)
            .Select(f => Path.GetFullPath(f, root))
            .ToList();
        foreach (var file in files)
        {
            Require(file, "COMPOSE_FILE");
        }
        return files;
    }

    private static List<string>? AtRoot(string root) =>
        Names.Select(n => Path.Combine(root, n)).FirstOrDefault(File.Exists) is { } file
            ? WithOverride(file, root, OverrideNames)
            : null;

    private static List<string> WithOverride(string file, string folder, string[] names) =>
        names.Select(n => Path.Combine(folder, n)).FirstOrDefault(File.Exists) is { } over
            ? [file, over]
            : [file];

    private static string[] Words(string text, char separator) =>
        text.Split(
            separator,
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );

    private static void Require(string file, string namedBy)
    {
        if (!File.Exists(file))
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.ComposeFileNotFound,
                $"'{file}', which {namedBy} names, is not there. Correct the path, or take it away: then the compose.yaml "
                    + "or docker-compose.yml at the root is used."
            );
        }
    }
}
