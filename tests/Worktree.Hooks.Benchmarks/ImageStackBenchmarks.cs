using System.Diagnostics;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Benchmarks;

/// <summary>
/// From the start of the classic stack of image services until it serves HTTPS, against the containers' own time: the same
/// containers, made before, started in the same order.
/// </summary>
internal sealed class ImageStackBenchmarks(string runner, BenchmarkRepository home)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Compares the two in turn; between them everything is taken down, and the database stays.</summary>
    /// <param name="folder">The published dotnet-worktree.</param>
    /// <param name="stacks">tests/Stacks.</param>
    /// <param name="app">The folder of the built Webserver.</param>
    /// <param name="pairs">How many pairs of starts.</param>
    public static void Run(string folder, string stacks, string app, int pairs)
    {
        using var home = new BenchmarkRepository(files: 1);
        foreach (var sample in new[] { "webserver", "webserver-images" })
        {
            Measurement.Time(home.Environment, home.Root, "cp", "-r", $"{stacks}/{sample}/.", ".");
        }
        Measurement.Time(home.Environment, home.Root, "cp", "-r", app, "app");
        var benchmark = new ImageStackBenchmarks(Path.Combine(folder, "dotnet-worktree"), home);
        benchmark.Worktree("start", "--keep-db"); // makes the database and exports the certificate
        benchmark.Worktree("stop");
        Measurement.Compare(
            "image services until HTTPS is served, the containers alone / dotnet worktree start",
            pairs,
            _ => benchmark.ContainersAlone(),
            _ => benchmark.Start()
        );
    }

    private double Start()
    {
        var watch = Stopwatch.StartNew();
        Worktree("start", "--keep-db");
        Await(ReadyKind.Http, "https://webserver.dev.localhost/rows");
        var time = watch.Elapsed.TotalMilliseconds;
        Worktree("stop");
        return time;
    }

    private double ContainersAlone()
    {
        Worktree("start", "--keep-db");
        using var engine = ContainerEngine.Connect(home.Environment, CancellationToken.None);
        foreach (var service in new[] { "proxy", "app", "db" })
        {
            engine.Stop($"webserver-{service}", TimeSpan.FromSeconds(10), CancellationToken.None);
        }
        var watch = Stopwatch.StartNew();
        var proxy = Task.Run(() => engine.Start("webserver-proxy", CancellationToken.None));
        engine.Start("webserver-db", CancellationToken.None);
        while (!IsPostgresReady(engine))
        {
            if (watch.Elapsed > Patience)
            {
                throw new InvalidOperationException("PostgreSQL does not answer after a minute.");
            }
            Thread.Sleep(10);
        }
        engine.Start("webserver-app", CancellationToken.None);
        proxy.GetAwaiter().GetResult();
        Await(ReadyKind.Http, "https://webserver.dev.localhost/rows");
        var time = watch.Elapsed.TotalMilliseconds;
        Worktree("stop");
        return time;
    }

    private static bool IsPostgresReady(ContainerEngine engine) =>
        engine
            .Exec(
                "webserver-db",
                ["pg_isready", "--quiet", "--host=127.0.0.1"],
                CancellationToken.None
            )
            .ExitCode == 0;

    private void Await(ReadyKind kind, string url)
    {
        using var probe = new ReadyProbe(home.Environment, kind, url, logFile: "");
        var watch = Stopwatch.StartNew();
        while (!probe.IsReady())
        {
            if (watch.Elapsed > Patience)
            {
                throw new InvalidOperationException($"{url} does not answer after a minute.");
            }
            Thread.Sleep(10);
        }
    }

    private void Worktree(params string[] arguments) =>
        Measurement.Time(home.Environment, home.Root, runner, arguments);
}
