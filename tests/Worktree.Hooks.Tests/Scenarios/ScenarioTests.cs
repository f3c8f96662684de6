using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Scenarios;

public class ScenarioTests
{
    public static TheoryData<string> Names =>
        [
            .. Directory
                .GetFiles(BuiltFolder.Scenarios, "*.txt")
                .Order()
                .Select(f => Path.GetFileName(f)!),
        ];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void Holds(string name)
    {
        using var scenario = new Scenario(
            name,
            File.ReadAllText(Path.Combine(BuiltFolder.Scenarios, name))
        );
        scenario.Run();
    }
}
