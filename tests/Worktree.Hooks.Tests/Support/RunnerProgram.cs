using System.Reflection;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Support;

/// <summary>The portable <c>dotnet-worktree</c> that this build made.</summary>
internal static class RunnerProgram
{
    /// <summary>The folder with the executable and everything it needs.</summary>
    public static string Folder { get; } =
        System.IO.Path.GetFullPath(
            typeof(RunnerProgram)
                .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
                .Single(a => a.Key == "RunnerFolder")
                .Value!
        );

    /// <summary>The executable.</summary>
    public static string Path { get; } = System.IO.Path.Combine(Folder, "dotnet-worktree");

    /// <summary>Runs it to its end.</summary>
    public static ProcessResult Run(
        TestRepository repository,
        string folder,
        params string[] arguments
    ) => ChildProcess.Run(repository.Environment, folder, Path, arguments);
}
