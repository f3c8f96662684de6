using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>Finds the dotnet that runs this process or would run a portable executable.</summary>
internal static class DotnetLocation
{
    /// <summary>
    /// The absolute path of dotnet: the one that hosts us, DOTNET_ROOT's, or the first on PATH; null where there is none.
    /// </summary>
    public static string? Find(HostEnvironment environment)
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        // The SDK sets DOTNET_HOST_PATH for builds and tools.
        string?[] candidates =
        [
            environment.Variable("DOTNET_HOST_PATH"),
            Path.GetFileName(Environment.ProcessPath) == name ? Environment.ProcessPath : null,
            environment.Variable("DOTNET_ROOT") is { } root ? Path.Combine(root, name) : null,
            .. (environment.Variable("PATH") ?? "")
                .Split(Path.PathSeparator)
                .Where(Path.IsPathRooted)
                .Select(folder => Path.Combine(folder, name)),
        ];
        return Array.Find(candidates, File.Exists);
    }
}
