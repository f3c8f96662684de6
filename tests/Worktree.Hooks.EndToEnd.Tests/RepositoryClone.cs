using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.EndToEnd.Tests;

/// <summary>
/// A fresh clone of this repository with the working tree's state committed on top, and beside our own solution a small
/// one in <c>few/</c>, so that building several projects costs seconds. Leases and nodes are the test's own; the NuGet
/// cache is shared.
/// </summary>
public sealed class RepositoryClone : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly HostEnvironment environment;
    private int worktrees;

    public RepositoryClone()
    {
        var captured = HostEnvironment.Capture();
        // What the dotnet that runs these tests set for its own children would lead ours astray.
        var variables = captured
            .Variables.Where(v =>
                !v.Key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
                && !v.Key.StartsWith("VSTEST", StringComparison.OrdinalIgnoreCase)
                && !v.Key.StartsWith("WORKTREE", StringComparison.OrdinalIgnoreCase)
            )
            .ToDictionary(v => v.Key, v => v.Value, StringComparer.Ordinal);
        variables["WORKTREE_HOOKS_STATE"] = folder.At("state");
        variables["CI"] = "";
        variables["MSBUILDDISABLENODEREUSE"] = "1";
        variables["UseSharedCompilation"] = "false";
        variables["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        environment = captured with { Variables = variables };
        Root = folder.At("worktree-hooks");
        Clone();
        FirstBuild = BuildFew(Root, "-m:3");
    }

    /// <summary>The clone's very first build, on several nodes.</summary>
    public BuildResult FirstBuild { get; }

    /// <summary>The clone's main worktree.</summary>
    public string Root { get; }

    /// <summary>The lease file of these tests.</summary>
    public string LeaseFile => folder.At("state", "leases.json");

    /// <summary>A fresh linked worktree, never restored or built.</summary>
    public string AddWorktree()
    {
        var root = folder.At($"feature-{++worktrees}");
        Git(Root, "worktree", "add", "--quiet", root);
        return root;
    }

    /// <summary>A copy of the files without any repository.</summary>
    public string ExportWithoutGit()
    {
        var exported = folder.At("exported");
        Directory.CreateDirectory(exported);
        Git(Root, "archive", "--output", folder.At("exported.tar"), "HEAD");
        Run(exported, "tar", "-xf", folder.At("exported.tar"));
        return exported;
    }

    /// <summary>Builds the small solution of a worktree and returns what a normal log says.</summary>
    public BuildResult BuildFew(string root, params string[] arguments) =>
        Dotnet(root, ["build", "few", "-verbosity:normal", "-tl:off", .. arguments]);

    /// <summary>Builds one project, where it does not matter how many there are.</summary>
    public BuildResult BuildOne(string root, params string[] arguments) =>
        Dotnet(root, ["build", "few/one", "-verbosity:normal", "-tl:off", .. arguments]);

    /// <summary><c>dotnet msbuild</c> in a folder.</summary>
    public BuildResult MSBuild(string folderToRunIn, params string[] arguments) =>
        Dotnet(folderToRunIn, ["msbuild", "-nologo", "-tl:off", .. arguments]);

    /// <summary>Takes the hook out with the executable that was installed.</summary>
    public void Uninstall()
    {
        var executable = Path.Combine(Root, ".git", "worktree-hooks", "bin", "dotnet-worktree");
        Assert.Equal(0, Run(Root, executable, "hooks", "uninstall").ExitCode);
    }

    /// <summary>Runs git and fails the test where it fails.</summary>
    public string Git(string folderToRunIn, params string[] arguments)
    {
        var result = Run(folderToRunIn, "git", arguments);
        Assert.True(
            result.ExitCode == 0,
            $"git {string.Join(' ', arguments)}: {result.ErrorOutput}"
        );
        return result.Output;
    }

    public void Dispose() => folder.Dispose();

    private BuildResult Dotnet(string folderToRunIn, params string[] arguments)
    {
        var result = Run(folderToRunIn, "dotnet", arguments);
        return new BuildResult(result.ExitCode, result.Output + result.ErrorOutput);
    }

    private ProcessResult Run(
        string folderToRunIn,
        string program,
        params IReadOnlyList<string> arguments
    ) => ChildProcess.Run(environment, folderToRunIn, program, arguments);

    private void Clone()
    {
        Git(folder.Path, "clone", "--quiet", "--no-hardlinks", SourceTree.Root, Root);
        var files = Git(
                SourceTree.Root,
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard"
            )
            .Split('\0', StringSplitOptions.RemoveEmptyEntries);
        foreach (var tracked in Directory.EnumerateFileSystemEntries(Root))
        {
            if (Path.GetFileName(tracked) != ".git")
            {
                Delete(tracked);
            }
        }
        foreach (var file in files.Where(f => File.Exists(SourceTree.At(f))))
        {
            var target = Path.Combine(Root, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(SourceTree.At(file), target);
        }
        WriteFewProjects();
        Git(Root, "add", "--all");
        Git(
            Root,
            "-c",
            "user.name=Tester",
            "-c",
            "user.email=tester@example.org",
            "commit",
            "--quiet",
            "-m",
            "the working tree"
        );
    }

    private static void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }

    // One of them has two target frameworks: an outer build and two inner ones.
    private void WriteFewProjects()
    {
        WriteProject("one", "");
        WriteProject("two", "<ProjectReference Include=\"../one/one.csproj\" />");
        WriteProject(
            "three",
            "<ProjectReference Include=\"../one/one.csproj\" Condition=\"'$(TargetFramework)' == 'net10.0'\" />",
            "<TargetFramework /><TargetFrameworks>net10.0;netstandard2.0</TargetFrameworks>"
        );
        File.WriteAllText(
            Path.Combine(Root, "few", "few.slnx"),
            "<Solution><Project Path=\"one/one.csproj\" /><Project Path=\"two/two.csproj\" /><Project Path=\"three/three.csproj\" /></Solution>"
        );
    }

    private void WriteProject(string name, string items, string properties = "")
    {
        var project = Path.Combine(Root, "few", name);
        Directory.CreateDirectory(project);
        File.WriteAllText(
            Path.Combine(project, $"{name}.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><RunAnalyzers>false</RunAnalyzers><IsPackable>false</IsPackable>{properties}</PropertyGroup>
              <ItemGroup>{items}</ItemGroup>
            </Project>
            """
        );
    }
}

/// <summary>All tests share one clone, as its first build takes as long as all the others.</summary>
[CollectionDefinition(nameof(RepositoryClone))]
#pragma warning disable CA1711 // xunit's own word for it
public sealed class RepositoryCloneCollection : ICollectionFixture<RepositoryClone>;
#pragma warning restore CA1711

/// <summary>What a build left.</summary>
/// <param name="ExitCode">0 where it succeeded.</param>
/// <param name="Log">Everything that it printed.</param>
public sealed record BuildResult(int ExitCode, string Log)
{
    /// <summary>The lines that have a text in them.</summary>
    public IReadOnlyList<string> Lines(string text) =>
        [.. Log.Split('\n').Where(l => l.Contains(text, StringComparison.Ordinal))];

    /// <summary>Fails the test, with the log, where the build failed.</summary>
    public BuildResult Succeeded()
    {
        Assert.True(ExitCode == 0, Log);
        return this;
    }

    /// <summary>Fails the test, with the log, where the build succeeded.</summary>
    public BuildResult Failed()
    {
        Assert.True(ExitCode != 0, Log);
        return this;
    }
}
