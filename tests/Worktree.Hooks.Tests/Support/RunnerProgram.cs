using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Support;

/// <summary>The portable <c>dotnet-worktree</c> that this build made.</summary>
internal static class RunnerProgram
{
    /// <summary>The executable.</summary>
    public static string Path { get; } =
        System.IO.Path.Combine(BuiltFolder.Runner, "dotnet-worktree");

    /// <summary>Runs it to its end.</summary>
    public static ProcessResult Run(
        TestRepository repository,
        string folder,
        params string[] arguments
    ) => ChildProcess.Run(repository.Environment, folder, Path, arguments);
}
