using System.Reflection;

namespace Worktree.Hooks.Tests.Scenarios;

public class ScenarioTests
{
    private static readonly string Folder = typeof(ScenarioTests)
        .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "ScenariosFolder")
        .Value!;

    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(Folder, "*.txt").Order().Select(f => Path.GetFileName(f)!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Holds(string name)
    {
        using var scenario = new Scenario(name, File.ReadAllText(Path.Combine(Folder, name)));
        scenario.Run();
    }
}
