using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Benchmarks;

/// <summary>What a build with nothing to do costs: one and ten projects in a clone of this repository.</summary>
internal static class BuildBenchmarks
{
    /// <summary>Compares the same command with and without us, and without us twice.</summary>
    /// <param name="repository">This repository; its last commit is cloned.</param>
    /// <param name="pairs">How many pairs of builds.</param>
    public static void Run(string repository, int pairs)
    {
        using var home = new BenchmarkRepository(files: 1);
        var clone = home.Beside("clone");
        home.Git("clone", "--quiet", repository, clone);
        foreach (var count in new[] { 1, 10 })
        {
            var folder = Path.Combine(clone, $"projects-{count}");
            WriteProjects(folder, count);
            Build(home, folder, isEnabled: true);
            if (!File.Exists(Path.Combine(clone, ".env.local")))
            {
                throw new InvalidOperationException(
                    "The build did nothing, so there is nothing to compare."
                );
            }
            Measurement.Compare(
                $"no-op dotnet build, {count} projects",
                pairs,
                _ => Build(home, folder, isEnabled: false),
                _ => Build(home, folder, isEnabled: true)
            );
            Measurement.Compare(
                $"no-op dotnet build, {count} projects, twice without",
                pairs,
                _ => Build(home, folder, isEnabled: false),
                _ => Build(home, folder, isEnabled: false)
            );
        }
    }

    // By the environment, so that the two command lines are equal.
    private static double Build(BenchmarkRepository home, string folder, bool isEnabled)
    {
        var variables = new Dictionary<string, string>(
            home.Environment.Variables,
            StringComparer.Ordinal
        )
        {
            ["WorktreeHooksEnabled"] = isEnabled ? "true" : "false",
            ["HOME"] = HostEnvironment.Capture().Variable("HOME") ?? "",
        };
        var environment = home.Environment with { Variables = variables };
        string[] arguments = ["build", "-v:quiet", "-nologo", "-tl:off"];
        return Measurement.Time(environment, folder, "dotnet", arguments);
    }

    /// <summary>Projects that each refer to the one before, as projects do, and their solution.</summary>
    public static void WriteProjects(string folder, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var project = Path.Combine(folder, $"p{i}");
            Directory.CreateDirectory(project);
            var reference =
                i == 0
                    ? ""
                    : $"<ItemGroup><ProjectReference Include=\"../p{i - 1}/p{i - 1}.csproj\" /></ItemGroup>";
            File.WriteAllText(
                Path.Combine(project, $"p{i}.csproj"),
                $"<Project Sdk=\"Microsoft.NET.Sdk\">{reference}</Project>"
            );
        }
        var projects = Enumerable
            .Range(0, count)
            .Select(i => $"<Project Path=\"p{i}/p{i}.csproj\" />");
        File.WriteAllText(
            Path.Combine(folder, "all.slnx"),
            $"<Solution>{string.Concat(projects)}</Solution>"
        );
    }
}
