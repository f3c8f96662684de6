namespace Worktree.Hooks.Setup;

internal static class SetupSummary
{
    public static IEnumerable<string> Lines(SetupResult setup) => [setup.Allocation.ProjectName];
}
