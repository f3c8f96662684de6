using System.Net;
using System.Net.Sockets;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.EndToEnd.Tests.Packages;

/// <summary>
/// <c>WorktreeRunEnvironment=true</c> in a repository of the SDK's own templates, of which not a line is changed.
/// </summary>
[Collection(nameof(PackageFeed))]
public sealed class RunEnvironmentTests
{
    private const string TestSource = """
        using Microsoft.VisualStudio.TestTools.UnitTesting;
        [assembly: DoNotParallelize]
        [TestClass]
        public class Variables
        {
            [TestMethod]
            public void AreThoseOfTheWorktree()
            {
                var file = System.IO.File.ReadAllText(System.Environment.GetEnvironmentVariable("EXPECTED_ENV_FILE"));
                StringAssert.Contains(file, "\nAPP_PORT=" + System.Environment.GetEnvironmentVariable("APP_PORT") + "\n");
                Assert.IsNull(System.Environment.GetEnvironmentVariable("ASPNETCORE_URLS"));
            }
        }
        """;

    private readonly Consumer shop;
    private readonly string feature;
    private readonly int mainPort = FreePort();
    private readonly string home;

    public RunEnvironmentTests(PackageFeed feed)
    {
        shop = feed.CreateConsumer()
            .TakeIn()
            .Write(
                "Directory.Build.props",
                "<Project><PropertyGroup><WorktreeRunEnvironment>true</WorktreeRunEnvironment></PropertyGroup></Project>"
            )
            .Write(
                "worktree.json",
                $$"""{ "ports": { "HTTPS_PORT": { "main": {{FreePort()}} }, "APP_PORT": { "main": {{mainPort}} } } }"""
            );
        shop.Run("dotnet", "new", "web", "--output", "web", "--no-restore").Succeeded();
        feature = Path.Combine(Path.GetDirectoryName(shop.Root)!, "feature");
        home = Path.Combine(Path.GetDirectoryName(shop.Root)!, "home");
        Directory.CreateDirectory(home);
    }

    [Fact]
    public void Main_and_a_worktree_run_at_once_on_their_own_ports_whatever_launchSettings_says()
    {
        AddFeature();
        using var main = Start(shop.Root, "dotnet", "run", "--project", "web");
        Assert.Equal([$"http://localhost:{mainPort}"], main.Addresses(1));
        using var other = Start(feature, "dotnet", "run", "--project", "web");

        Assert.Equal([$"http://localhost:{Port("APP_PORT")}"], other.Addresses(1));
    }

    [Fact]
    public void With_the_https_profile_and_a_development_certificate_it_listens_on_both_ports()
    {
        AddFeature();
        shop.RunIn(shop.Root, [("HOME", home)], "dotnet", "dev-certs", "https").Succeeded();
        string[] both =
        [
            $"http://localhost:{Port("APP_PORT")}",
            $"https://localhost:{Port("HTTPS_PORT")}",
        ];
        using (
            var run = Start(
                feature,
                "dotnet",
                "run",
                "--project",
                "web",
                "--launch-profile",
                "https"
            )
        )
        {
            Assert.Equal(both, run.Addresses(2));
        }
        // As an editor starts it that reads no launchSettings.json.
        using (var executable = Start(feature, Path.Combine(feature, "web/bin/Debug/net10.0/web")))
        {
            Assert.Equal(both, executable.Addresses(2));
        }
        using var watch = Start(
            feature,
            "dotnet",
            "watch",
            "--non-interactive",
            "--project",
            "web",
            "run",
            "--launch-profile",
            "https"
        );
        Assert.Equal(both, watch.Addresses(2));
    }

    [Fact]
    public void An_address_that_somebody_names_stays_and_so_does_what_is_published()
    {
        AddFeature();
        shop.RunIn(feature, [], "dotnet", "publish", "web", "--output", "published").Succeeded();

        Assert.NotEmpty(
            Directory.EnumerateFiles(
                Path.Combine(feature, "web/bin"),
                "*.dev.json",
                SearchOption.AllDirectories
            )
        );
        foreach (
            var file in Directory.EnumerateFiles(
                Path.Combine(feature, "published"),
                "*",
                SearchOption.AllDirectories
            )
        )
        {
            Assert.False(file.EndsWith(".dev.json", StringComparison.Ordinal), file);
            Assert.DoesNotContain(
                "Worktree.Hooks",
                File.ReadAllText(file),
                StringComparison.Ordinal
            );
        }

        (string, string)[] variables = [("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("HOME", home)];
        using var named = new RunningServer(
            shop,
            feature,
            variables,
            Path.Combine(feature, "web/bin/Release/net10.0/web")
        );
        Assert.DoesNotContain(
            $":{Port("APP_PORT")}",
            named.Addresses(1)[0],
            StringComparison.Ordinal
        );
        using var published = new RunningServer(
            shop,
            feature,
            variables,
            Path.Combine(feature, "published/web")
        );
        Assert.DoesNotContain(
            $":{Port("APP_PORT")}",
            published.Addresses(1)[0],
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Without_env_local_the_application_starts_and_says_so_and_switched_off_nothing_is_left()
    {
        shop.Commit();
        shop.Build("web").Succeeded();
        File.Delete(Path.Combine(shop.Root, ".env.local"));
        var web = Path.Combine(shop.Root, "web/bin/Debug/net10.0/web");

        // An option that ASP.NET Core refuses ends it at once, after the hook.
        var run = shop.RunIn(shop.Root, [], web, "--urls", "nonsense://");
        var trouble = ErrorCatalogue.RunEnvironmentMissing;
        Assert.Single(run.Lines($"worktree-hooks: {trouble.Code} {trouble.Name}: "));

        shop.Build("web", "-p:WorktreeRunEnvironment=false").Succeeded();
        Assert.False(File.Exists($"{web}.runtimeconfig.dev.json"));
        Assert.Empty(shop.RunIn(shop.Root, [], web, "--urls", "nonsense://").Lines("WTH3020"));
    }

    [Fact]
    public void Tests_get_the_worktrees_variables_under_VSTest_and_under_Microsofts_testing_platform()
    {
        shop.TakeInFromEverywhere()
            .Write("vstest/vstest.csproj", TestProject("", "Microsoft.NET.Test.Sdk:18.0.1"))
            .Write("vstest/tests.cs", TestSource)
            .Write(
                "mtp/mtp.csproj",
                TestProject(
                    "<EnableMSTestRunner>true</EnableMSTestRunner><OutputType>Exe</OutputType>"
                )
            )
            .Write("mtp/tests.cs", TestSource);
        AddFeature();
        (string, string)[] expected = [("EXPECTED_ENV_FILE", Path.Combine(feature, ".env.local"))];

        Assert.Single(
            shop.RunIn(feature, expected, "dotnet", "test", "vstest")
                .Succeeded()
                .Lines("Passed:     1")
        );

        File.WriteAllText(
            Path.Combine(feature, "global.json"),
            """{ "test": { "runner": "Microsoft.Testing.Platform" } }"""
        );
        Assert.NotEmpty(
            shop.RunIn(feature, expected, "dotnet", "test", "--project", "mtp")
                .Succeeded()
                .Lines("succeeded: 1")
        );
    }

    private static string TestProject(string properties, params string[] packages)
    {
        var references = packages
            .Concat(["MSTest.TestFramework:4.5.2", "MSTest.TestAdapter:4.5.2"])
            .Select(p => p.Split(':'))
            .Select(p => $"<PackageReference Include=\"{p[0]}\" Version=\"{p[1]}\" />");
        return Consumer.Project(properties, string.Concat(references));
    }

    private void AddFeature()
    {
        shop.Commit().AddWorktree("feature");
        shop.RunIn(feature, [], "dotnet", "build", "web", "-nologo", "-v:q").Succeeded();
    }

    private int Port(string variable) => Consumer.PortOf(feature, variable);

    private RunningServer Start(string folder, string program, params string[] arguments) =>
        new(shop, folder, [("HOME", home)], program, arguments);

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
