using Worktree.Hooks.Platform;

// One engine serves them all, and some tests end it.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Worktree.Hooks.Engine.Tests;

/// <summary>
/// The engine that <c>build/with-engine.sh</c> <c>build/with-podman.sh</c> or <c>build/with-rootless.sh</c> made for these tests. The user's own engine
/// is never touched: without those scripts they skip.
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

    /// <summary>The same; skips the test on Podman, for a reason that is Podman's.</summary>
    public static void RequireDocker(string why)
    {
        Require();
        Skip.If(IsPodman, $"on Podman {why}");
    }

    /// <summary>The same; skips the test on a rootless engine, for a reason that is that one's.</summary>
    public static void RequireRootful(string why)
    {
        Require();
        Skip.If(IsRootless, $"on a rootless engine {why}");
    }

    /// <summary>The same; skips the test on any other than a rootless engine.</summary>
    public static void RequireRootless()
    {
        Require();
        Skip.IfNot(IsRootless, "needs a rootless engine");
    }

    /// <summary>True where the tests are root's.</summary>
    public static bool HasRootsRights => Libc.GetEffectiveUserId() == 0;

    /// <summary>The same; skips the test of a user without root's rights.</summary>
    public static void RequireRoot()
    {
        Require();
        Skip.IfNot(HasRootsRights, "needs root's rights");
    }

    /// <summary>The same; skips the test where the engine is not to be had as if it were on another machine.</summary>
    public static void RequireAddress()
    {
        Require();
        Skip.If(Address is null, "needs an engine that has an address");
    }

    /// <summary>
    /// Makes everything in a folder this user's: what a user of a rootless engine's containers wrote is nobody's here.
    /// </summary>
    public static void HandBack(string folder)
    {
        if (IsThere && IsRootless)
        {
            TryDocker("run", "--rm", "-v", $"{folder}:/it", Busybox, "chown", "-R", "0:0", "/it");
        }
    }

    private static bool IsRootless =>
        Environment.Variable("WORKTREE_HOOKS_TEST_ENGINE_ROOTLESS") is not null;

    /// <summary>True where the engine is Podman.</summary>
    public static bool IsPodman => Kind.Value;

    private static readonly Lazy<bool> Kind = new(() =>
        Docker("version", "--format", "{{range .Server.Components}}{{.Name}} {{end}}")
            .Contains("Podman", StringComparison.Ordinal)
    );

    /// <summary>False where containers have no control groups, as those of these rootless engines.</summary>
    public static bool HasControlGroups => !IsRootless;

    /// <summary>How the engine shows an image of its own in its lists.</summary>
    public static string Shown(string image) =>
        !IsPodman ? image
        : image.Contains(':', StringComparison.Ordinal) ? $"localhost/{image}"
        : $"localhost/{image}:latest";

    /// <summary>The folder of the engine, which has its process id in <c>docker.pid</c>.</summary>
    public static string Folder => Environment.Variable("WORKTREE_HOOKS_TEST_ENGINE")!;

    /// <summary>Where the same engine is reached as if it were on another machine.</summary>
    public static string? Address => Environment.Variable("WORKTREE_HOOKS_TEST_ENGINE_ADDRESS");

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
        // Podman would wait for each to stop.
        Each(["ps", "--quiet"], "kill");
        Each(["ps", "--all", "--quiet"], "rm", "--force", "--volumes");
        Docker("network", "prune", "--force");
        // By name: which volumes a prune takes differs from version to version.
        Each(["volume", "ls", "--quiet"], "volume", "rm");
    }

    private static void Each(string[] list, params string[] command)
    {
        string[] found = Docker(list).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (found.Length > 0)
        {
            Docker([.. command, .. found]);
        }
    }

    /// <summary>Lets every user ask the engine.</summary>
    public static void LetEverybodyIn()
    {
        File.SetUnixFileMode(Folder, (UnixFileMode)0b111_001_001);
        File.SetUnixFileMode(Path.Combine(Folder, "docker.sock"), (UnixFileMode)0b110_110_110);
    }

    /// <summary>Asks again and again until it is so; fails the test after a minute.</summary>
    public static void Await(string what, Func<bool> isSo)
    {
        Assert.True(SpinWait.SpinUntil(() => TryAgain(isSo), TimeSpan.FromMinutes(1)), what);
    }

    private static bool TryAgain(Func<bool> isSo)
    {
        try
        {
            if (isSo())
            {
                return true;
            }
        }
        catch (HttpRequestException)
        {
            // Not yet.
        }
        Thread.Sleep(50);
        return false;
    }
}
