using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>
/// The file of Docker's Compose plugin. It is the standalone program too (docker's documentation, "Install the Docker
/// Compose standalone"), and docker in between takes up to a tenth of a second at each call.
/// </summary>
internal static class ComposePlugin
{
    private static readonly string Name = OperatingSystem.IsWindows()
        ? "docker-compose.exe"
        : "docker-compose";

    // In docker's order.
    private static readonly string[] UnixFolders =
    [
        "/usr/local/lib/docker/cli-plugins",
        "/usr/local/libexec/docker/cli-plugins",
        "/usr/lib/docker/cli-plugins",
        "/usr/libexec/docker/cli-plugins",
    ];

    private static readonly string[] WindowsFolders = ["ProgramData", "ProgramFiles"];

    /// <summary>The plugin that a docker program would call; null where docker itself must be asked.</summary>
    /// <param name="environment">Where docker's configuration and its folders are.</param>
    /// <param name="docker">The docker program.</param>
    public static string? Find(HostEnvironment environment, string docker)
    {
        if (IsScript(docker))
        {
            return null; // Podman's, or somebody's own, which may call something else
        }
        var own = Path.Combine(EngineEndpoint.ConfigFolder(environment), "cli-plugins", Name);
        var file =
            File.Exists(own) ? own
            : EngineEndpoint.IsConfigured(environment, "cliPluginsExtraDirs") ? null
            : SystemFolders(environment)
                .Select(folder => Path.Combine(folder, Name))
                .FirstOrDefault(File.Exists);
        return file is not null && IsExecutable(file) ? file : null;
    }

    private static IEnumerable<string> SystemFolders(HostEnvironment environment) =>
        OperatingSystem.IsWindows()
            ? WindowsFolders
                .Select(environment.Variable)
                .OfType<string>()
                .Select(folder => Path.Combine(folder, "Docker", "cli-plugins"))
            : UnixFolders;

    private static bool IsExecutable(string file) =>
        OperatingSystem.IsWindows() || File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute);

    private static bool IsScript(string program)
    {
        Span<byte> start = stackalloc byte[2];
        try
        {
            using var file = File.OpenRead(program);
            return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length
                || start.SequenceEqual("#!"u8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true; // what cannot be read is left to the system
        }
    }
}
