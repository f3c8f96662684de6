using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Support;

/// <summary>A shell as a person has it who installed the tool: <c>dotnet worktree</c> is the one that this build made.</summary>
internal static class Shell
{
    /// <summary>Runs a script to its end.</summary>
    public static ProcessResult Run(TestRepository repository, string folder, string script)
    {
        var environment = repository.Environment;
        var variables = new Dictionary<string, string>(
            environment.Variables,
            StringComparer.Ordinal
        )
        {
            // dotnet finds 'dotnet-worktree' on it.
            ["PATH"] = $"{BuiltFolder.Runner}:{environment.Variable("PATH")}",
        };
        return ChildProcess.Run(
            environment with
            {
                Variables = variables,
            },
            folder,
            "sh",
            ["-ec", script]
        );
    }
}
