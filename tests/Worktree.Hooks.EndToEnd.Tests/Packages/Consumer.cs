using System.Globalization;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.EndToEnd.Tests.Packages;

/// <summary>Somebody's repository that takes the package in.</summary>
public sealed class Consumer
{
    private readonly PackageFeed feed;

    internal Consumer(PackageFeed feed, string root, bool isRepository)
    {
        this.feed = feed;
        Root = root;
        Directory.CreateDirectory(root);
        WriteSources("<clear />");
        Write(".gitignore", "bin/\nobj/\n");
        if (isRepository)
        {
            Git("init", "--quiet", "--initial-branch=main");
        }
    }

    /// <summary>Where it lies.</summary>
    public string Root { get; }

    /// <summary>Where its packages are unpacked; nobody else's are.</summary>
    public string Cache => Path.Combine(Path.GetDirectoryName(Root)!, "cache");

    /// <summary>Our block of a folder's <c>.env.local</c>, or the empty text.</summary>
    public static string EnvOf(string root) =>
        File.Exists(Path.Combine(root, ".env.local"))
            ? File.ReadAllText(Path.Combine(root, ".env.local"))
            : "";

    /// <summary>The port that a worktree has.</summary>
    public static int PortOf(string root, string variable) =>
        int.Parse(
            EnvOf(root).Split($"\n{variable}=")[1].Split('\n')[0],
            CultureInfo.InvariantCulture
        );

    /// <summary>The import lines that <c>dotnet worktree init</c> writes.</summary>
    public Consumer TakeIn(string version = PackageFeed.Version)
    {
        var import =
            $"<Project>\n  <Import Project=\"Sdk.targets\" Sdk=\"Worktree.Hooks\" Version=\"{version}\" />\n</Project>\n";
        Write("Directory.Build.targets", import);
        Write("Directory.Solution.targets", import);
        return this;
    }

    /// <summary>Restores what is not ours from where this user restores packages.</summary>
    public Consumer TakeInFromEverywhere() => WriteSources("");

    public Consumer Write(string file, string content)
    {
        var path = Path.Combine(Root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return this;
    }

    /// <summary>Class libraries, each of which refers to the one before it.</summary>
    public Consumer WriteProjects(int count, string properties = "", string items = "")
    {
        for (var i = 0; i < count; i++)
        {
            var reference =
                i == 0 ? "" : $"<ProjectReference Include=\"../p{i - 1}/p{i - 1}.csproj\" />";
            Write($"p{i}/p{i}.csproj", Project(properties, items + reference));
        }
        return this;
    }

    /// <summary>A project file for net10.0.</summary>
    public static string Project(
        string properties = "",
        string items = "",
        string sdk = "Microsoft.NET.Sdk"
    ) =>
        $"""
            <Project Sdk="{sdk}">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework>{properties}</PropertyGroup>
              <ItemGroup>{items}</ItemGroup>
            </Project>
            """;

    /// <summary>A solution of the projects that <see cref="WriteProjects"/> wrote.</summary>
    public Consumer WriteSolution(int count)
    {
        var projects = Enumerable
            .Range(0, count)
            .Select(i => $"<Project Path=\"p{i}/p{i}.csproj\" />");
        return Write("all.slnx", $"<Solution>{string.Concat(projects)}</Solution>");
    }

    public Consumer Commit()
    {
        Git("add", "--all");
        Git(
            "-c",
            "user.name=Tester",
            "-c",
            "user.email=tester@example.org",
            "commit",
            "--quiet",
            "-m",
            "all"
        );
        return this;
    }

    /// <summary>A new linked worktree beside the main one.</summary>
    public string AddWorktree(string name)
    {
        var root = Path.Combine(Path.GetDirectoryName(Root)!, name);
        Git("worktree", "add", "--quiet", "-b", name.Replace(' ', '-'), root);
        return root;
    }

    public string Git(params string[] arguments)
    {
        var result = Run("git", arguments);
        Assert.True(result.ExitCode == 0, result.Log);
        return result.Log;
    }

    /// <summary><c>dotnet build</c> with a normal log.</summary>
    public BuildResult Build(params string[] arguments) =>
        Run("dotnet", ["build", "-nologo", "-tl:off", "-verbosity:normal", .. arguments]);

    /// <summary>Runs a program in the main worktree.</summary>
    public BuildResult Run(string program, params string[] arguments) =>
        RunIn(Root, [], program, arguments);

    /// <summary>Runs a program in a folder with further variables.</summary>
    public BuildResult RunIn(
        string folder,
        (string Name, string Value)[] variables,
        string program,
        params string[] arguments
    )
    {
        var result = ChildProcess.Run(EnvironmentWith(variables), folder, program, arguments);
        return new BuildResult(result.ExitCode, result.Output + result.ErrorOutput);
    }

    private Consumer WriteSources(string before) =>
        Write(
            "nuget.config",
            $"<configuration><packageSources>{before}<add key=\"feed\" value=\"{feed.Folder}\" /></packageSources></configuration>"
        );

    /// <summary>The environment of its commands.</summary>
    internal HostEnvironment EnvironmentWith(params (string Name, string Value)[] variables)
    {
        var all = new Dictionary<string, string>(feed.Environment.Variables, StringComparer.Ordinal)
        {
            ["NUGET_PACKAGES"] = Cache,
        };
        foreach (var (name, value) in variables)
        {
            all[name] = value;
        }
        return feed.Environment with { Variables = all };
    }
}
