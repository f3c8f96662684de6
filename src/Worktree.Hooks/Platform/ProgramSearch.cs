namespace Worktree.Hooks.Platform;

/// <summary>Finds programs in the environment that was passed on, not in this process's own.</summary>
internal static class ProgramSearch
{
    /// <summary>
    /// The absolute path of dotnet: the one that hosts us, DOTNET_ROOT's, or the first on PATH; null where there is none.
    /// </summary>
    public static string? Dotnet(HostEnvironment environment)
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        // The SDK sets DOTNET_HOST_PATH for builds and tools.
        string?[] candidates =
        [
            environment.Variable("DOTNET_HOST_PATH"),
            Path.GetFileName(Environment.ProcessPath) == name ? Environment.ProcessPath : null,
            environment.Variable("DOTNET_ROOT") is { } root ? Path.Combine(root, name) : null,
            OnPath(environment, name),
        ];
        return Array.Find(candidates, File.Exists);
    }

    /// <summary>The first file of this name on the environment's PATH; null where there is none.</summary>
    public static string? OnPath(HostEnvironment environment, string name) =>
        (environment.Variable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Where(Path.IsPathRooted)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
