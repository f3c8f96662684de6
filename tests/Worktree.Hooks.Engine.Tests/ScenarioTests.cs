using Worktree.Hooks.Tests.Scenarios;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>The scenarios of a person with several worktrees, on the classic stack in containers.</summary>
public class ScenarioTests
{
    private static readonly string Folder = SourceTree.At("tests", "Scenarios", "engine");

    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(Folder, "*.txt").Order().Select(f => Path.GetFileName(f)!)];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void Holds(string name)
    {
        PrivateEngine.Require();
        try
        {
            using var scenario = new Scenario(name, File.ReadAllText(Path.Combine(Folder, name)));
            scenario.Run();
        }
        finally
        {
            PrivateEngine.Clean();
        }
    }
}
