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
    public static IReadOnlyDictionary<string, string> Of(string root, HostEnvironment environment)
    {
        var settings = new Dictionary<string, string>(
            environment.Variables.Where(v => v.Key != Port),
            StringComparer.Ordinal
        );
        foreach (var name in new[] { ".env", EnvFile.FileName })
        {
            var file = Path.Combine(root, name);
            var options = new DotEnvOptions(ignoreExceptions: true, envFilePaths: [file]);
            foreach (var (variable, value) in DotEnv.Read(options))
            {
                settings[variable] = value;
            }
        }
        return settings;
    }
}
