using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tests.Host;

/// <summary>A process of its own for the tests that kill one: copies the databases of a worktree.</summary>
internal static class Program
{
    /// <summary><c>WORKTREE sync</c>, or <c>WORKTREE missing</c>.</summary>
    private static int Main(string[] args)
    {
        var (identity, configuration) = WorktreeSetup.Identify(args[0]);
        var environment = HostEnvironment.Capture();
        var databases = configuration.Databases;
        var call = new DatabaseCall(environment, identity, new ConsoleNarrator(), default);
        try
        {
            var outcomes =
                args[1] == "sync"
                    ? DatabaseClone.Sync(call, databases)
                    : DatabaseClone.CopyMissing(call, databases);
            foreach (var outcome in outcomes)
            {
                Console.WriteLine($"{outcome.Kind} {outcome.Path}");
            }
            return 0;
        }
        catch (WorktreeHooksException e)
        {
            Console.Error.WriteLine(e.Diagnostic);
            return 1;
        }
    }
}

internal sealed class ConsoleNarrator : Narrator
{
    public override void Say(string line) => Console.Error.WriteLine(line);

    public override void Warn(Diagnostic diagnostic) => Console.Error.WriteLine(diagnostic);
}
