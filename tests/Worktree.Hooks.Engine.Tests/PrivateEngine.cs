using Worktree.Hooks.Platform;

// One engine serves them all, and some tests end it.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Worktree.Hooks.Engine.Tests;

/// <summary>
/// The engine that <c>build/with-engine.sh</c> made for these tests. The user's own engine is never touched: without
/// that script they skip.
/// </summary>
internal static class PrivateEngine
{
    public const string Postgres = "postgres:latest";
    public const string Busybox = "busybox:latest";

    private static readonly HostEnvironment Environment = HostEnvironment.Capture();

    /// <summary>True where there is an engine of its own.</summary>
    public static bool IsThere => Environment.Variable("WORKTREE_HOOKS_TEST_ENGINE") is not null;

    /// <summary>Skips the test where there is no engine of its own.</summary>
    public static void Require() =>
        Skip.IfNot(IsThere, "needs an engine of its own: run it by build/with-engine.sh");

    /// <summary>The folder of the engine, which has its process id in <c>docker.pid</c>.</summary>
    public static string Folder => Environment.Variable("WORKTREE_HOOKS_TEST_ENGINE")!;

    /// <summary>Where the same engine is reached as if it were on another machine.</summary>
    public static string Address => Environment.Variable("WORKTREE_HOOKS_TEST_ENGINE_ADDRESS")!;

    /// <summary>Ends the engine at once; <c>build/with-engine.sh</c> starts it again.</summary>
    public static void Kill()
    {
        var id = File.ReadAllText(Path.Combine(Folder, "docker.pid")).Trim();
        ChildProcess.Run(Environment, Path.GetTempPath(), "kill", "-KILL", id);
    }

    /// <summary>Runs the docker command, which knows nothing of our client; fails the test where it fails.</summary>
    public static string Docker(params string[] arguments)
    {
        var result = TryDocker(arguments);
        Assert.True(
            result.ExitCode == 0,
            $"docker {string.Join(' ', arguments)}: {result.ErrorOutput}"
        );
        return result.Output.TrimEnd();
    }

    /// <summary>Runs the docker command, whatever comes of it.</summary>
    public static ProcessResult TryDocker(params string[] arguments) =>
        ChildProcess.Run(Environment, Path.GetTempPath(), "docker", arguments);

    /// <summary>Removes every container, network and volume, whoever made it: the engine is of these tests alone.</summary>
    public static void Clean()
    {
        Remove(["ps", "--all", "--quiet"], "rm", "--force", "--volumes");
        Docker("network", "prune", "--force");
        // By name: which volumes a prune takes differs from version to version.
        Remove(["volume", "ls", "--quiet"], "volume", "rm");
    }

    private static void Remove(string[] list, params string[] remove)
    {
        string[] found = Docker(list).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (found.Length > 0)
        {
            Docker([.. remove, .. found]);
        }
    }

    /// <summary>Lets every user ask the engine.</summary>
    public static void LetEverybodyIn()
    {
        File.SetUnixFileMode(Folder, (UnixFileMode)0b111_001_001);
        File.SetUnixFileMode(Path.Combine(Folder, "docker.sock"), (UnixFileMode)0b110_110_110);
    }

    /// <summary>The environment with another value of a variable.</summary>
    public static HostEnvironment With(
        this HostEnvironment environment,
        string name,
        string value
    ) =>
        environment with
        {
            Variables = new Dictionary<string, string>(
                environment.Variables,
                StringComparer.Ordinal
            )
            {
                [name] = value,
            },
        };

    /// <summary>Asks again and again until it is so; fails the test after a minute.</summary>
    public static void Await(string what, Func<bool> isSo)
    {
        Assert.True(SpinWait.SpinUntil(() => TryAgain(isSo), TimeSpan.FromMinutes(1)), what);
    }

    private static bool TryAgain(Func<bool> isSo)
    {
        if (isSo())
        {
            return true;
        }
        Thread.Sleep(50);
        return false;
    }
}
