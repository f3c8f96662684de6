using dotenv.net;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.EnvFiles;

/// <summary>What a worktree's <c>.env</c> and <c>.env.local</c> say, as its own services read them.</summary>
internal static class EnvSettings
{
    // A shell inside a linked worktree may have that worktree's port: main's stands in main's files alone.
    private const string Port = "POSTGRES_PORT";

    /// <summary>
    /// The variables of <c>.env.local</c>, then of <c>.env</c>, then of the environment. Files that are not there or
    /// cannot be read say nothing.
    /// </summary>
    /// <param name="root">The worktree's root.</param>
    /// <param name="environment">The environment of the process.</param>
    public static IReadOnlyDictionary<string, string> Of(
        string root,
        HostEnvironment environment
    ) => Of(environment, [Path.Combine(root, ".env"), Path.Combine(root, EnvFile.FileName)]);

    /// <summary>The same of these files, of which later ones win.</summary>
    public static IReadOnlyDictionary<string, string> Of(
        HostEnvironment environment,
        IReadOnlyList<string> files
    )
    {
        var settings = new Dictionary<string, string>(
            environment.Variables.Where(v => v.Key != Port),
            StringComparer.Ordinal
        );
        foreach (var file in files)
        {
            var options = new DotEnvOptions(ignoreExceptions: true, envFilePaths: [file]);
            foreach (var (variable, value) in DotEnv.Read(options))
            {
                settings[variable] = value;
            }
        }
        return settings;
    }
}
