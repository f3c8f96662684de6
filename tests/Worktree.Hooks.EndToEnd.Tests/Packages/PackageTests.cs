namespace Worktree.Hooks.EndToEnd.Tests.Packages;

/// <summary>The NuGet package, taken in by somebody else's repository.</summary>
[Collection(nameof(PackageFeed))]
public sealed class PackageTests(PackageFeed feed)
{
    private const string Allocated = "worktree-hooks: main of ";

    [Fact]
    public void One_project_gets_its_ports_and_the_native_hook_at_its_first_build_and_pays_for_it_once()
    {
        var shop = feed.CreateConsumer().TakeIn().WriteProjects(1).Commit();

        var build = shop.RunIn(Path.Combine(shop.Root, "p0"), [], "dotnet", "build", "-tl:off");
        Assert.Single(build.Succeeded().Lines(Allocated));
        Assert.Single(build.Lines("the hook was installed"));
        Assert.Contains("APP_PORT=5001", Consumer.EnvOf(shop.Root), StringComparison.Ordinal);
        Assert.False(
            File.Exists(Path.Combine(shop.Root, ".git/worktree-hooks/bin/dotnet-worktree.dll")),
            "the package has a native executable for this system"
        );

        var feature = shop.AddWorktree("feature");
        Assert.InRange(Consumer.PortOf(feature, "APP_PORT"), 5002, 5100);
        Assert.Empty(
            shop.RunIn(Path.Combine(feature, "p0"), [], "dotnet", "build", "-tl:off", "-v:n")
                .Succeeded()
                .Lines(Allocated)
        );
        Assert.Empty(
            shop.RunIn(Path.Combine(feature, "p0"), [], "dotnet", "build", "-tl:off", "-v:n")
                .Succeeded()
                .Lines("Worktree.Hooks.proj")
        );
    }

    [Fact]
    public void Ten_projects_ask_once_in_either_solution_format_on_many_nodes_as_a_graph_and_multithreaded()
    {
        var shop = feed.CreateConsumer().TakeIn().WriteProjects(10).WriteSolution(10).Commit();

        var first = shop.Build("-m:4").Succeeded();
        Assert.Single(first.Lines(Allocated));
        foreach (var mode in new[] { "-graph", "-mt" })
        {
            File.Delete(Path.Combine(shop.Root, ".env.local"));
            Assert.Single(shop.Build("--no-restore", mode).Succeeded().Lines(Allocated));
        }
        shop.Run("dotnet", "new", "sln", "--name", "old", "--format", "sln");
        shop.Run("dotnet", "sln", "old.sln", "add", "p0", "p9").Succeeded();
        File.Delete(Path.Combine(shop.Root, ".env.local"));
        Assert.Single(shop.Build("old.sln", "--no-restore").Succeeded().Lines(Allocated));

        var ports = shop.Run("dotnet", "msbuild", "all.slnx", "-t:WorktreePorts", "-tl:off");
        Assert.Single(ports.Succeeded().Lines("443"));
    }

    [Fact]
    public void A_package_reference_does_the_same_also_in_several_projects_with_several_frameworks()
    {
        const string Reference =
            $"<PackageReference Include=\"Worktree.Hooks\" Version=\"{PackageFeed.Version}\" PrivateAssets=\"all\" />";
        var shop = feed.CreateConsumer()
            .TakeInFromEverywhere()
            .WriteProjects(3, items: Reference)
            .Write(
                "p2/p2.csproj",
                Consumer
                    .Project(items: Reference)
                    .Replace(
                        "<TargetFramework>net10.0</TargetFramework>",
                        "<TargetFrameworks>net10.0;netstandard2.0</TargetFrameworks>",
                        StringComparison.Ordinal
                    )
            )
            .WriteSolution(3);

        Assert.Single(shop.Build("-m:2").Succeeded().Lines(Allocated));
        // Nothing of ours comes into what the project builds.
        Assert.DoesNotContain(
            "orktree",
            File.ReadAllText(Path.Combine(shop.Root, "p2/bin/Debug/net10.0/p2.deps.json")),
            StringComparison.Ordinal
        );
        var command = shop.RunIn(
            Path.Combine(shop.Root, "p2"),
            [],
            "dotnet",
            "msbuild",
            "-t:WorktreePorts",
            "-tl:off"
        );
        Assert.Single(command.Succeeded().Lines("443"));
    }

    [Fact]
    public void A_design_time_build_does_nothing_and_CI_installs_no_hook()
    {
        var shop = feed.CreateConsumer().TakeIn().WriteProjects(1);
        shop.RunIn(Path.Combine(shop.Root, "p0"), [], "dotnet", "restore").Succeeded();
        shop.RunIn(
                Path.Combine(shop.Root, "p0"),
                [],
                "dotnet",
                "msbuild",
                "-t:Compile",
                "-p:DesignTimeBuild=true",
                "-p:SkipCompilerExecution=true",
                "-p:ProvideCommandLineArgs=true"
            )
            .Succeeded();
        Assert.Equal("", Consumer.EnvOf(shop.Root));

        shop.RunIn(Path.Combine(shop.Root, "p0"), [("CI", "true")], "dotnet", "build").Succeeded();
        Assert.Contains("APP_PORT=5001", Consumer.EnvOf(shop.Root), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(shop.Root, ".git", "worktree-hooks", "bin")));
    }

    [Fact]
    public void Without_git_and_in_a_path_with_spaces_the_build_goes_on()
    {
        var none = feed.CreateConsumer("no git", isRepository: false)
            .TakeIn()
            .WriteProjects(2)
            .WriteSolution(2);
        var build = none.Build().Succeeded();
        Assert.Single(build.Lines("lies in no git work tree"));
        Assert.Contains("0 Warning(s)", build.Log, StringComparison.Ordinal);

        var spaced = feed.CreateConsumer("my own shop")
            .TakeIn()
            .WriteProjects(1)
            .WriteSolution(1)
            .Commit();
        Assert.Single(spaced.Build().Succeeded().Lines(Allocated));
        var feature = spaced.AddWorktree("a feature");
        Assert.NotEqual(5001, Consumer.PortOf(feature, "APP_PORT"));
        Assert.Empty(spaced.Build("--no-restore").Succeeded().Lines("Worktree.Hooks.proj"));
    }

    [SkippableFact]
    public void A_source_tree_that_cannot_be_written_is_a_warning()
    {
        RequireRoot();
        var shop = feed.CreateConsumer().TakeIn().WriteProjects(1).WriteSolution(1).Commit();
        var artifacts = $"-p:ArtifactsPath={Path.Combine(shop.Root, "..", "artifacts")}";
        shop.Build(artifacts, "-p:WorktreeHooksEnabled=false").Succeeded();

        var build = shop.RunIn(
            shop.Root,
            [],
            "unshare",
            "--mount",
            "sh",
            "-c",
            $"mount --bind . . && mount -o remount,ro,bind . && cd \"$PWD\" && dotnet build -nologo -tl:off '{artifacts}' --no-restore"
        );

        Assert.NotEmpty(build.Succeeded().Lines("warning WTH"));
        Assert.Equal("", Consumer.EnvOf(shop.Root));
    }

    [SkippableFact]
    public void After_the_first_restore_neither_the_feed_nor_a_network_is_needed()
    {
        RequireRoot();
        var shop = feed.CreateConsumer().TakeIn().WriteProjects(1).WriteSolution(1).Commit();
        shop.Build().Succeeded();
        shop.Write(
            "nuget.config",
            "<configuration><packageSources><clear /></packageSources></configuration>"
        );
        shop.Commit();
        var feature = shop.AddWorktree("feature");
        File.Delete(Path.Combine(feature, ".env.local"));

        var build = shop.RunIn(
            feature,
            [],
            "unshare",
            "--net",
            "dotnet",
            "build",
            "-nologo",
            "-tl:off"
        );

        Assert.Single(build.Succeeded().Lines("worktree-hooks: feature of shop"));
    }

    [Fact]
    public void A_newer_version_brings_its_own_hook_and_keeps_the_ports()
    {
        feed.PackFormer();
        var shop = feed.CreateConsumer()
            .TakeIn(PackageFeed.FormerVersion)
            .WriteProjects(1)
            .WriteSolution(1)
            .Commit();
        shop.Build().Succeeded();
        var feature = shop.AddWorktree("feature");
        var ports = Consumer.EnvOf(feature);
        Assert.Equal(PackageFeed.FormerVersion, InstalledVersion(shop));

        shop.TakeIn();
        shop.Build().Succeeded();
        Assert.Equal(PackageFeed.Version, InstalledVersion(shop));

        File.Delete(Path.Combine(feature, ".env.local"));
        shop.RunIn(feature, [], "dotnet", "build").Succeeded();
        Assert.Equal(ports, Consumer.EnvOf(feature));
        Assert.Empty(shop.Build().Succeeded().Lines("Worktree.Hooks.proj"));
    }

    [Fact]
    public async Task Two_repositories_that_are_built_at_once_share_no_port()
    {
        List<Consumer> consumers = [Create("left"), Create("right")];
        var features = consumers
            .Select(c => c.AddWorktree($"{Path.GetFileName(c.Root)}-feature"))
            .ToList();

        var builds = await Task.WhenAll(
            consumers.Zip(features, (c, f) => Task.Run(() => c.RunIn(f, [], "dotnet", "build")))
        );

        Assert.All(builds, b => b.Succeeded());
        Assert.NotEqual(
            Consumer.PortOf(features[0], "APP_PORT"),
            Consumer.PortOf(features[1], "APP_PORT")
        );

        Consumer Create(string name) =>
            feed.CreateConsumer(name).TakeIn().WriteProjects(1).WriteSolution(1).Commit();
    }

    private static void RequireRoot() =>
        Skip.IfNot(
            OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess,
            "only root may have a mount or a network of its own"
        );

    private static string InstalledVersion(Consumer shop) =>
        File.ReadAllText(Path.Combine(shop.Root, ".git/worktree-hooks/bin/dotnet-worktree.version"))
            .Trim();
}
