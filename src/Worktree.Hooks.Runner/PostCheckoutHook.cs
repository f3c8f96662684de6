using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Runner;

/// <summary>
/// <c>dotnet-worktree hook post-checkout OLD NEW FLAG</c>: what hooks/post-checkout starts after
/// <c>git worktree add</c>. It is dispatched before anything of the command line is loaded, because a person waits.
/// </summary>
internal static class PostCheckoutHook
{
    private const string Remedy = "(the next dotnet build or StartStack tries again)";

    /// <summary>True where these are the arguments of the hook.</summary>
    public static bool IsMeant(string[] arguments) => arguments is ["hook", "post-checkout", ..];

    /// <summary>
    /// Sets up the worktree that git stands in and says what it did on standard error. Trouble is one line. Always
    /// returns 0: git would take any other exit code for its own.
    /// </summary>
    public static int Run(HostEnvironment environment)
    {
        try
        {
            var terminal = new Terminal(environment);
            var request = new SetupRequest(
                environment,
                environment.CurrentDirectory,
                DatabaseWish.CopyMissing
            );
            var setup = WorktreeSetup.Run(request, terminal, CancellationToken.None);
            // Two hooks may fire for one worktree (an old block and a configured one): the second finds nothing to do.
            if (setup.HasNews)
            {
                foreach (var line in SetupSummary.Lines(setup))
                {
                    Terminal.Error(line);
                }
            }
            setup.RequireDatabases();
        }
        catch (WorktreeHooksException e)
        {
            SayTrouble(e.Diagnostic.ToString());
        }
#pragma warning disable CA1031 // a hook never fails and never shows a stack trace
        catch (Exception e)
        {
            SayTrouble(Bug.From(e).ToString());
        }
#pragma warning restore CA1031
        return 0;
    }

    private static void SayTrouble(string text) =>
        Terminal.Error($"worktree-hooks: {text.ReplaceLineEndings(" ")}  {Remedy}");
}
