using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Benchmarks;

/// <summary>A repository in a temporary folder with its own home and its own leases.</summary>
internal sealed class BenchmarkRepository : IDisposable
{
    private readonly string folder = RealPath.Of(
        Directory.CreateTempSubdirectory("wth-bench-").FullName
    );

    public BenchmarkRepository(int files = 100)
    {
        Root = Beside("webserver");
        Directory.CreateDirectory(Root);
        Directory.CreateDirectory(Beside("home"));
        var captured = HostEnvironment.Capture();
        Environment = captured with
        {
            CurrentDirectory = Root,
            Variables = new Dictionary<string, string>(captured.Variables, StringComparer.Ordinal)
            {
                ["HOME"] = Beside("home"),
                ["WORKTREE_HOOKS_STATE"] = Beside("state"),
                ["GIT_CONFIG_NOSYSTEM"] = "1",
                ["CI"] = "",
            },
        };
        Git("init", "--quiet", "--initial-branch=main");
        Git("config", "user.name", "Bench");
        Git("config", "user.email", "bench@example.org");
        for (var i = 0; i < files; i++)
        {
            File.WriteAllText(Path.Combine(Root, $"file{i}.txt"), $"{i}\n");
        }
        Git("add", ".");
        Git("commit", "--quiet", "-m", "first");
        Git("branch", "other");
    }

    public string Root { get; }

    public HostEnvironment Environment { get; }

    public string Beside(string name) => Path.Combine(folder, name);

    public double Git(params string[] arguments) =>
        Measurement.Time(Environment, Root, "git", arguments);

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
