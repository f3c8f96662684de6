using Worktree.Hooks.Diagnostics;
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

    /// <summary>An answer that must be none of a failure.</summary>
    public static ProcessResult Succeed(ProcessResult answer)
    {
        Assert.True(answer.ExitCode == 0, answer.Output + answer.ErrorOutput);
        return answer;
    }

    /// <summary>It has refused with this code, as people see it: one line, and no trace of the program's stack.</summary>
    public static void AssertRefused(ProcessResult answer, ErrorDefinition definition)
    {
        Assert.Equal(1, answer.ExitCode);
        Assert.Single(
            answer.ErrorOutput.Split('\n'),
            line =>
                line.Contains($"{definition.Code} {definition.Name}: ", StringComparison.Ordinal)
        );
        Assert.DoesNotContain("   at Worktree", answer.ErrorOutput, StringComparison.Ordinal);
    }
}
