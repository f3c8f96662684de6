using System.Text.Json;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>
/// <c>tests/Stacks/webserver</c> copied out as a repository of its own: PostgreSQL, the sample app and nginx with TLS. The
/// engine is of this test alone, so main has its standard ports.
/// </summary>
internal sealed class ClassicStack : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly HostEnvironment environment;

    /// <summary>Makes the repository.</summary>
    /// <param name="ofImages">True for the services of worktree.json, with no compose file.</param>
    public ClassicStack(bool ofImages = false)
    {
        var captured = HostEnvironment.Capture();
        environment = captured with
        {
            Variables = new Dictionary<string, string>(captured.Variables, StringComparer.Ordinal)
            {
                ["HOME"] = folder.At("home"),
                ["WORKTREE_HOOKS_STATE"] = folder.At("state"),
                ["GIT_CONFIG_NOSYSTEM"] = "1",
                ["CI"] = "",
                // Packages are not to be fetched again.
                ["NUGET_PACKAGES"] =
                    captured.Variable("NUGET_PACKAGES")
                    ?? Path.Combine(captured.HomeDirectory, ".nuget", "packages"),
            },
        };
        Directory.CreateDirectory(folder.At("home"));
        Main = folder.At("classic");
        var upstream = folder.At("upstream");
        Require(folder.Path, "cp", "-r", SourceTree.At("tests", "Stacks", "webserver"), upstream);
        Require(folder.Path, "cp", "-r", BuiltFolder.Webserver, Path.Combine(upstream, "app"));
        File.WriteAllText(
            Path.Combine(upstream, "stack.proj"),
            $"""
            <Project>
              <PropertyGroup>
                <WorktreeHooksFolder>$(MSBuildThisFileDirectory)</WorktreeHooksFolder>
                <WorktreeHooksProject>{SourceTree.At(
                "build",
                "Bootstrap.proj"
            )}</WorktreeHooksProject>
              </PropertyGroup>
              <Import Project="{SourceTree.At("build", "Worktree.Hooks.targets")}" />
            </Project>
            """
        );
        if (ofImages)
        {
            File.Delete(Path.Combine(upstream, "docker-compose.yml"));
            File.Copy(
                SourceTree.At("tests", "Stacks", "webserver-images", "worktree.json"),
                Path.Combine(upstream, "worktree.json"),
                overwrite: true
            );
        }
        Require(upstream, "git", "init", "--quiet", "--initial-branch=main");
        Require(upstream, "git", "config", "user.name", "Tester");
        Require(upstream, "git", "config", "user.email", "tester@example.org");
        Require(upstream, "git", "add", ".");
        Require(upstream, "git", "commit", "--quiet", "-m", "the classic stack");
        // As a colleague gets it: nothing is there but what git has.
        Require(folder.Path, "git", "clone", "--quiet", upstream, Main);
        Worktree(Main, "hooks", "install");
    }

    /// <summary>The main worktree.</summary>
    public string Main { get; }

    /// <summary>Adds a worktree by git alone: the hook does the rest. Returns its root.</summary>
    public string Add(string name)
    {
        Require(Main, "git", "worktree", "add", "--quiet", folder.At(name));
        return folder.At(name);
    }

    /// <summary>Runs <c>dotnet worktree</c>, which must succeed; returns both of its outputs.</summary>
    public string Worktree(string root, params string[] arguments) =>
        Require(root, RunnerProgram.Path, arguments);

    /// <summary>Starts a stack, or repairs it; returns what was said.</summary>
    public string Up(string root) => Worktree(root, "start");

    /// <summary>The same in a build: <c>dotnet msbuild -t:StartStack</c>.</summary>
    public string UpByBuild(string root) =>
        Require(
            environment with
            {
                // What the dotnet that runs these tests set for its own children would lead ours astray.
                Variables = environment
                    .Variables.Where(v =>
                        !v.Key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
                        && !v.Key.StartsWith("VSTEST", StringComparison.OrdinalIgnoreCase)
                    )
                    .Append(new("MSBUILDDISABLENODEREUSE", "1"))
                    .ToDictionary(StringComparer.Ordinal),
            },
            root,
            "dotnet",
            "msbuild",
            "stack.proj",
            "-nologo",
            "-t:StartStack"
        );

    /// <summary>The worktree's row of <c>status --json</c>.</summary>
    public JsonElement Status(string name)
    {
        var status = ChildProcess.Run(environment, Main, RunnerProgram.Path, "status", "--json");
        return JsonDocument
            .Parse(status.Output)
            .RootElement.GetProperty("worktrees")
            .EnumerateArray()
            .Single(w => w.GetProperty("worktree").GetProperty("name").GetString() == name);
    }

    /// <summary>Its URL over HTTPS, as the tool tells it.</summary>
    public string Url(string root) =>
        ChildProcess.Run(environment, root, RunnerProgram.Path, "open", "--print").Output.TrimEnd();

    /// <summary>The notes that the worktree serves over HTTPS; the certificate must be the exported one and fit the name.</summary>
    /// <param name="root">The worktree.</param>
    /// <param name="atOnce">True where a start has just returned: then it serves. A repaired app may have another address, which the proxy learns in a second.</param>
    public string[] Rows(string root, bool atOnce = false)
    {
        var answer = Curl(root);
        if (!atOnce && answer.ExitCode != 0)
        {
            PrivateEngine.Await($"{Url(root)} answers", () => (answer = Curl(root)).ExitCode == 0);
        }
        Assert.True(answer.ExitCode == 0, answer.ErrorOutput);
        return
        [
            .. JsonDocument
                .Parse(answer.Output)
                .RootElement.EnumerateArray()
                .Select(r => r.GetProperty("note").GetString()!),
        ];
    }

    /// <summary>Adds a row through the worktree's own proxy.</summary>
    public void AddRow(string root, string note) =>
        Assert.Equal(
            0,
            Curl(
                root,
                "--header",
                "Content-Type: application/json",
                "--data",
                $$"""{"note":"{{note}}"}"""
            ).ExitCode
        );

    public void Dispose()
    {
        PrivateEngine.Clean();
        PrivateEngine.HandBack(folder.Path);
        folder.Dispose();
    }

    private ProcessResult Curl(string root, params string[] arguments)
    {
        var url = new Uri(Url(root));
        var certificate = Git.CheckoutLocator.Locate(root).CertificateFile;
        return ChildProcess.Run(
            environment,
            root,
            "curl",
            [
                "--silent",
                "--show-error",
                "--fail",
                "--max-time",
                "10",
                "--cacert",
                certificate,
                "--resolve",
                $"{url.Host}:{url.Port}:127.0.0.1",
                .. arguments,
                $"{url.GetLeftPart(UriPartial.Authority)}/rows",
            ]
        );
    }

    private string Require(string where, string program, params string[] arguments) =>
        Require(environment, where, program, arguments);

    private static string Require(
        HostEnvironment environment,
        string where,
        string program,
        params string[] arguments
    )
    {
        var result = ChildProcess.Run(environment, where, program, arguments);
        Assert.True(
            result.ExitCode == 0,
            $"{program} {string.Join(' ', arguments)}: {result.Output}{result.ErrorOutput}"
        );
        return result.Output + result.ErrorOutput;
    }
}
