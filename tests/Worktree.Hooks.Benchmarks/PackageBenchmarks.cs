using System.Runtime.InteropServices;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Benchmarks;

/// <summary>What the packages cost that <c>build/release.sh</c> made, against others that hook into builds.</summary>
internal sealed class PackageBenchmarks(string packages, int pairs) : IDisposable
{
    private readonly BenchmarkRepository home = new(files: 1);

    private string Version { get; } =
        Path.GetFileNameWithoutExtension(PackageIn(packages))["Worktree.Hooks.".Length..];

    /// <summary>The newest package Worktree.Hooks in a folder: a path.</summary>
    public static string PackageIn(string packages) =>
        Directory
            .EnumerateFiles(packages, "Worktree.Hooks.?.*.nupkg")
            .Order(StringComparer.Ordinal)
            .Last();

    /// <summary>A no-op <c>dotnet build</c> of one and ten projects: each package in turn with none.</summary>
    public void RunBuilds()
    {
        Measurement.PrintHeader();
        foreach (var count in new[] { 1, 10 })
        {
            var none = Create("none", count, "", "");
            Compare("twice without", none, count, none);
            Compare("Worktree.Hooks", none, count, Create("ours", count, "", Ours));
            Compare(
                "Worktree.Hooks by PackageReference",
                none,
                count,
                Create("reference", count, Reference("Worktree.Hooks", Version), "")
            );
            Compare(
                "MinVer 8.0.0",
                none,
                count,
                Create("minver", count, Reference("MinVer", "8.0.0"), "")
            );
            Compare(
                "Nerdbank.GitVersioning 3.10.94",
                none,
                count,
                Create("nerdbank", count, Reference("Nerdbank.GitVersioning", "3.10.94"), "")
            );
        }
    }

    /// <summary>The installed tool's start, against a native program that says hello.</summary>
    public void RunTool()
    {
        var tools = home.Beside("tools");
        Dotnet(
            home.Root,
            "tool",
            "install",
            "Worktree.Hooks.Tool",
            "--version",
            Version,
            "--source",
            packages,
            "--tool-path",
            tools
        );
        var hello = home.Beside("hello");
        Dotnet(home.Root, "new", "console", "--aot", "--output", hello);
        Dotnet(
            hello,
            "publish",
            "--runtime",
            RuntimeInformation.RuntimeIdentifier,
            "--output",
            home.Beside("native")
        );
        var program = Path.Combine(home.Beside("native"), "hello");
        Measurement.PrintHeader();
        Measurement.Compare("native hello, twice", pairs, _ => Time(program), _ => Time(program));
        foreach (var command in new[] { "--version", "ports", "allocate" })
        {
            Measurement.Compare(
                $"dotnet-worktree {command} over a native hello",
                pairs,
                _ => Time(program),
                _ => Time(Path.Combine(tools, "dotnet-worktree"), command)
            );
        }
    }

    public void Dispose() => home.Dispose();

    private string Ours =>
        $"<Import Project=\"Sdk.targets\" Sdk=\"Worktree.Hooks\" Version=\"{Version}\" />";

    private static string Reference(string package, string version) =>
        $"<ItemGroup><PackageReference Include=\"{package}\" Version=\"{version}\" PrivateAssets=\"all\" /></ItemGroup>";

    private void Compare(string what, string none, int count, string folder) =>
        Measurement.Compare(
            $"no-op dotnet build, {count} projects, {what}",
            pairs,
            _ => Build(none),
            _ => Build(folder)
        );

    // Each is a repository of its own with a tag, which is what the other two look for.
    private string Create(string name, int count, string props, string targets)
    {
        var folder = home.Beside($"{name}-{count}");
        BuildBenchmarks.WriteProjects(folder, count);
        File.WriteAllText(
            Path.Combine(folder, "Directory.Build.props"),
            $"<Project><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>{props}</Project>"
        );
        File.WriteAllText(
            Path.Combine(folder, "Directory.Build.targets"),
            $"<Project>{targets}</Project>"
        );
        File.WriteAllText(
            Path.Combine(folder, "Directory.Solution.targets"),
            $"<Project>{targets}</Project>"
        );
        File.WriteAllText(Path.Combine(folder, "version.json"), """{ "version": "1.0" }""");
        File.WriteAllText(Path.Combine(folder, ".gitignore"), "bin/\nobj/\n");
        File.WriteAllText(
            Path.Combine(folder, "nuget.config"),
            $"<configuration><packageSources><add key=\"packages\" value=\"{packages}\" /></packageSources></configuration>"
        );
        string[][] commands =
        [
            ["init", "--quiet"],
            ["add", "--all"],
            [
                "-c",
                "user.name=Bench",
                "-c",
                "user.email=bench@example.org",
                "commit",
                "--quiet",
                "-m",
                "first",
            ],
            ["tag", "1.0.0"],
        ];
        foreach (var command in commands)
        {
            Measurement.Time(Environment, folder, "git", command);
        }
        Build(folder);
        Build(folder);
        if (name is "ours" or "reference" && !File.Exists(Path.Combine(folder, ".env.local")))
        {
            throw new InvalidOperationException(
                "The build did nothing, so there is nothing to compare."
            );
        }
        return folder;
    }

    private double Build(string folder) =>
        Dotnet(folder, "build", "-v:quiet", "-nologo", "-tl:off");

    private double Dotnet(string folder, params string[] arguments) =>
        Measurement.Time(Environment, folder, "dotnet", arguments);

    private double Time(string program, params string[] arguments) =>
        Measurement.Time(Environment, home.Root, program, arguments);

    // The user's home, as its packages would else be fetched anew; the cache is our own, as a version may be packed again.
    private HostEnvironment Environment =>
        home.Environment with
        {
            Variables = new Dictionary<string, string>(
                home.Environment.Variables,
                StringComparer.Ordinal
            )
            {
                ["HOME"] = HostEnvironment.Capture().Variable("HOME") ?? "",
                ["NUGET_PACKAGES"] = home.Beside("cache"),
            },
        };
}
