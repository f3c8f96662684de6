using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>
/// The file of Docker's Compose plugin, which is the standalone program too (docker's documentation, "Install the Docker
/// Compose standalone").
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
        // Podman's docker calls its own; folders that the user added come first, and docker knows them.
        if (!IsDocker(docker) || EngineEndpoint.IsConfigured(environment, "cliPluginsExtraDirs"))
        {
            return null;
        }
        var own = Path.Combine(EngineEndpoint.ConfigFolder(environment), "cli-plugins");
        var file = SystemFolders(environment)
            .Prepend(own)
            .Select(folder => Path.Combine(folder, Name))
            .FirstOrDefault(File.Exists);
        return file is not null && IsProgram(file) ? file : null;
    }

    private static bool IsDocker(string program) =>
        IsProgram(program)
        && (
            File.ResolveLinkTarget(program, returnFinalTarget: true)?.Name
            ?? Path.GetFileName(program)
        )
            is "docker"
                or "docker.exe"
                or "com.docker.cli";

    private static IEnumerable<string> SystemFolders(HostEnvironment environment) =>
        OperatingSystem.IsWindows()
            ? WindowsFolders
                .Select(environment.Variable)
                .OfType<string>()
                .Select(folder => Path.Combine(folder, "Docker", "cli-plugins"))
            : UnixFolders;

    // A script would expect to be called as docker calls a plugin.
    private static bool IsProgram(string file)
    {
        if (!OperatingSystem.IsWindows() && Libc.Access(file, Libc.MayExecute) != 0)
        {
            return false;
        }
        Span<byte> start = stackalloc byte[2];
        try
        {
            using var stream = File.OpenRead(file);
            return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)
                    == start.Length
                && !start.SequenceEqual("#!"u8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // what cannot be read is left to docker
        }
    }
}
