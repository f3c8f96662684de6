using System.Diagnostics;
using System.IO.Compression;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Benchmarks;

/// <summary>From the start of the classic stack until it serves HTTPS, against <c>docker compose up --wait</c> on the same files.</summary>
internal sealed class StackBenchmarks(string runner, BenchmarkRepository home)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Compares the two in turn; between them everything is taken down, and the database stays.</summary>
    /// <param name="folder">The published dotnet-worktree.</param>
    /// <param name="sample">tests/Stacks/webserver.</param>
    /// <param name="app">The folder of the built Webserver.</param>
    /// <param name="packages">What <c>build/release.sh</c> packed, a full path.</param>
    /// <param name="pairs">How many pairs of starts.</param>
    public static void Run(string folder, string sample, string app, string packages, int pairs)
    {
        using var home = new BenchmarkRepository(files: 1);
        Measurement.Time(home.Environment, home.Root, "cp", "-r", $"{sample}/.", home.Root);
        Measurement.Time(
            home.Environment,
            home.Root,
            "cp",
            "-r",
            app,
            home.Beside("webserver/app")
        );
        var benchmark = new StackBenchmarks(Path.Combine(folder, "dotnet-worktree"), home);
        benchmark.Worktree("start", "--keep-db"); // makes the database and exports the certificate
        benchmark.Worktree("stop");
        Measurement.Compare(
            "start until HTTPS is served, docker compose up --wait / dotnet worktree start",
            pairs,
            _ => benchmark.UntilServed(() => benchmark.Compose("up", "-d", "--wait")),
            _ => benchmark.UntilServed(() => benchmark.Worktree("start", "--keep-db"))
        );
        benchmark.WriteProject(packages);
        Measurement.Compare(
            "the same by dotnet msbuild -t:StartStack",
            pairs,
            _ => benchmark.UntilServed(() => benchmark.Compose("up", "-d", "--wait")),
            _ => benchmark.UntilServed(benchmark.StartStack)
        );
    }

    // As a repository has it that takes the package in, without NuGet's search for it.
    private void WriteProject(string packages)
    {
        var content = home.Beside("package");
        ZipFile.ExtractToDirectory(PackageBenchmarks.PackageIn(packages), content);
        // NuGet lets the owner execute all that it unpacks.
        Measurement.Time(home.Environment, content, "chmod", "-R", "u+x", ".");
        File.WriteAllText(
            home.Beside("webserver/stack.proj"),
            $"""
            <Project>
              <PropertyGroup>
                <WorktreeHooksFolder>$(MSBuildThisFileDirectory)</WorktreeHooksFolder>
              </PropertyGroup>
              <Import Project="{content}/build/Worktree.Hooks.targets" />
            </Project>
            """
        );
        StartStack();
        Compose("down");
    }

    private void StartStack() =>
        Measurement.Time(
            home.Environment,
            home.Root,
            "dotnet",
            ["msbuild", "stack.proj", "-nologo", "-t:StartStack"]
        );

    private double UntilServed(Action start)
    {
        var watch = Stopwatch.StartNew();
        start();
        while (!IsServed())
        {
            if (watch.Elapsed > Patience)
            {
                throw new InvalidOperationException("HTTPS is not served after a minute.");
            }
            Thread.Sleep(20);
        }
        var time = watch.Elapsed.TotalMilliseconds;
        Compose("down");
        return time;
    }

    private bool IsServed() =>
        ChildProcess
            .Run(
                home.Environment,
                home.Root,
                "curl",
                "-skf",
                "--resolve",
                "webserver.dev.localhost:443:127.0.0.1",
                "https://webserver.dev.localhost/rows"
            )
            .ExitCode == 0;

    // Compose alone, as one would call it who knows all files and variables.
    private void Compose(params string[] arguments) =>
        Measurement.Time(
            home.Environment,
            home.Root,
            "docker",
            ["compose", "--env-file", ".env", "--env-file", ".env.local", .. arguments]
        );

    private void Worktree(params string[] arguments) =>
        Measurement.Time(home.Environment, home.Root, runner, arguments);
}
