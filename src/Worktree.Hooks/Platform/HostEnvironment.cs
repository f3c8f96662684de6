using System.Collections;

namespace Worktree.Hooks.Platform;

/// <summary>
/// The environment, current folder, clock and user of this process, read once at the start and passed on.
/// Nothing else in the library reads them.
/// </summary>
internal sealed record HostEnvironment
{
    /// <summary>The absolute path of the folder that the user stands in.</summary>
    public required string CurrentDirectory { get; init; }

    /// <summary>All environment variables; names compare as the system compares them.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>Captures the environment of this process.</summary>
    public static HostEnvironment Capture()
    {
        var comparer = OperatingSystem.IsWindows()
            ? StringComparer.OrdinalIgnoreCase
            : StringComparer.Ordinal;
        var variables = new Dictionary<string, string>(comparer);
#pragma warning disable RS0030 // this is the one file that reads the environment and the current folder
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        }
        var currentDirectory = Environment.CurrentDirectory;
#pragma warning restore RS0030
        return new HostEnvironment
        {
            CurrentDirectory = currentDirectory,
            Variables = variables,
            Clock = TimeProvider.System,
        };
    }

    /// <summary>The value of an environment variable, or null where it is unset or empty.</summary>
    public string? Variable(string name) =>
        Variables.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <summary>The same with another value of a variable.</summary>
    public HostEnvironment With(string name, string value) =>
        this with
        {
            Variables = new Dictionary<string, string>(
                Variables,
                (Variables as Dictionary<string, string>)?.Comparer
            )
            {
                [name] = value,
            },
        };

    /// <summary>True where <c>CI</c> is set to anything but <c>0</c> or <c>false</c>.</summary>
    public bool IsContinuousIntegration =>
        Variable("CI") is { } ci
        && ci is not "0"
        && !ci.Equals("false", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The folder of the per-user state: <c>WORKTREE_HOOKS_STATE</c>, else the system's own place
    /// (XDG Base Directory Specification: relative values of <c>XDG_STATE_HOME</c> are ignored).
    /// </summary>
    public string StateDirectory
    {
        get
        {
            if (Variable("WORKTREE_HOOKS_STATE") is { } chosen)
            {
                return Path.GetFullPath(chosen, CurrentDirectory);
            }
            if (OperatingSystem.IsWindows())
            {
                var local = Environment.GetFolderPath(
                    Environment.SpecialFolder.LocalApplicationData
                );
                return Path.Combine(local, "worktree-hooks");
            }
            if (OperatingSystem.IsMacOS())
            {
                return Path.Combine(
                    HomeDirectory,
                    "Library",
                    "Application Support",
                    "worktree-hooks"
                );
            }
            var stateHome =
                Variable("XDG_STATE_HOME") is { } xdg && Path.IsPathRooted(xdg)
                    ? xdg
                    : Path.Combine(HomeDirectory, ".local", "state");
            return Path.Combine(stateHome, "worktree-hooks");
        }
    }

    /// <summary>The user's home folder.</summary>
    public string HomeDirectory =>
        Variable("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
}
