namespace Worktree.Hooks.EndToEnd.Tests.Packages;

/// <summary>An MSBuild that is not the SDK's, and packages that were not unpacked whole.</summary>
[Collection(nameof(PackageFeed))]
public sealed class LoadingTests
{
    private static readonly string[] Folders = ["tools", "tasks"];

    private readonly Consumer shop;
    private readonly string package;

    public LoadingTests(PackageFeed feed)
    {
        shop = feed.CreateConsumer().TakeIn().WriteProjects(2).WriteSolution(2).Commit();
        shop.Build().Succeeded();
        package = Path.Combine(shop.Cache, "worktree.hooks", PackageFeed.Version);
        File.Delete(Path.Combine(shop.Root, ".env.local"));
    }

    [Fact]
    public void In_the_MSBuild_of_NET_Framework_the_tasks_run_in_a_process_of_NETs()
    {
        var build = shop.Build("p1", "--no-restore", "-p:WorktreeHooksRuntimeType=Full")
            .Succeeded();

        Assert.Single(build.Lines("worktree-hooks: main of shop"));
        Assert.Contains("APP_PORT=5001", Consumer.EnvOf(shop.Root), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-p:WorktreeHooksRuntimeType=Full", "-p:DOTNET_HOST_PATH=")] // Visual Studio's without a .NET SDK
    [InlineData("-p:WorktreeHooksRuntimeType=Mono", "")]
    public void An_MSBuild_that_knows_no_NET_gets_one_message(string type, string host)
    {
        var build = shop.Build("--no-restore", type, host).Succeeded();

        Assert.Single(build.Lines("needs the MSBuild of the .NET SDK 10 or later"));
        Assert.Contains("0 Warning(s)", build.Log, StringComparison.Ordinal);
        Assert.Equal("", Consumer.EnvOf(shop.Root));
        Assert.NotEmpty(
            shop.Run("dotnet", "msbuild", "-t:WorktreePorts", "-tl:off", type, host)
                .Failed()
                .Lines("error WTH9002: TasksUnavailable: ")
        );
    }

    [Theory]
    [InlineData("Worktree.Hooks.Tasks.dll", 0.5)]
    [InlineData("Worktree.Hooks.Tasks.dll", 0)]
    [InlineData("Worktree.Hooks.dll", 0.5)]
    [InlineData("Worktree.Hooks.dll", 0)]
    public void A_library_that_is_damaged_or_gone_is_one_warning_and_the_build_goes_on(
        string library,
        double share
    )
    {
        Damage(library, share);

        var build = shop.Build("--no-restore", "-p:TreatWarningsAsErrors=true").Succeeded().Log;
        var commands = shop.Run("dotnet", "msbuild", "-t:SyncDatabase", "-tl:off");

        Assert.Contains("warning WTH9002: TasksUnavailable: ", build, StringComparison.Ordinal);
        Assert.Contains("    1 Warning(s)", build, StringComparison.Ordinal);
        Assert.DoesNotContain("MSB", build, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", build, StringComparison.Ordinal);
        Assert.NotEmpty(commands.Failed().Lines("error WTH9002: TasksUnavailable: "));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.0001)]
    public void Without_a_native_libgit2_the_plain_files_of_git_answer(double share)
    {
        Damage("*git2*", share);

        var build = shop.Build("--no-restore").Succeeded();

        Assert.Single(build.Lines("worktree-hooks: main of shop"));
        Assert.Contains("0 Warning(s)", build.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_system_without_tasks_compiled_for_it_the_portable_ones_work()
    {
        Directory.Delete(Path.Combine(package, "tasks"), recursive: true);

        var build = shop.Build("--no-restore").Succeeded();

        Assert.Single(build.Lines("worktree-hooks: main of shop"));
    }

    // The tasks lie there for every system, and compiled for this one; whichever are loaded.
    private void Damage(string name, double share)
    {
        var files = Folders
            .SelectMany(f =>
                Directory.EnumerateFiles(
                    Path.Combine(package, f),
                    name,
                    SearchOption.AllDirectories
                )
            )
            .ToList();
        Assert.True(files.Count > 1);
        files.ForEach(f => DamageFile(f, share));
    }

    private static void DamageFile(string file, double share)
    {
        if (share == 0)
        {
            File.Delete(file);
            return;
        }
        using var stream = File.OpenWrite(file);
        stream.SetLength((long)(stream.Length * share));
    }
}
