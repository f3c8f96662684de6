namespace Worktree.Hooks.EndToEnd.Tests.Packages;

/// <summary>StartStack and RestartStack of the package, whose native tool does the work for MSBuild.</summary>
[Collection(nameof(PackageFeed))]
public sealed class StackByToolTests(PackageFeed feed)
{
    private const string Ready = "worktree-hooks: app is ready";

    [Fact]
    public void A_stack_is_started_restarted_and_stopped_and_trouble_stands_where_MSBuild_shows_it()
    {
        var shop = CreateShop();
        try
        {
            Assert.Single(Call(shop, "StartStack").Succeeded().Lines(Ready));
            Assert.Single(Call(shop, "RestartStack").Succeeded().Lines(Ready));
            Assert.Single(Call(shop, "StackStatus").Succeeded().Lines("app running"));
        }
        finally
        {
            Call(shop, "StopStack").Succeeded();
        }

        shop.Write("worktree.json", "{\n  \"services\": { \"app\": { \"comand\": 1 } }\n}\n");
        Assert.Single(
            Call(shop, "StartStack").Failed().Lines("worktree.json(2,"),
            l => l.Contains(": error WTH", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_tool_that_does_not_say_why_it_ended_is_an_error_and_one_that_may_not_run_is_done_without()
    {
        var shop = CreateShop();
        // Unpacks the package.
        Call(shop, "WorktreePorts").Succeeded();
        var tool = Directory
            .EnumerateFiles(
                Path.Combine(shop.Cache, "worktree.hooks", PackageFeed.Version, "hook"),
                "dotnet-worktree",
                SearchOption.AllDirectories
            )
            .Single();
        // As NuGet has unpacked it.
        Assert.True(
            OperatingSystem.IsWindows()
                || File.GetUnixFileMode(tool).HasFlag(UnixFileMode.UserExecute)
        );
        File.Delete(tool);
        File.WriteAllText(tool, "#!/bin/sh\necho begun\nexit 3\n");
        Allow(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.NotEmpty(
            Call(shop, "StartStack").Failed().Lines("error WTH9001: UnexpectedError: ")
        );

        Allow(tool, UnixFileMode.UserRead);
        try
        {
            Assert.Single(Call(shop, "StartStack").Succeeded().Lines(Ready));
        }
        finally
        {
            Call(shop, "StopStack").Succeeded();
        }
    }

    private Consumer CreateShop() =>
        feed.CreateConsumer()
            .TakeIn()
            .Write(
                "worktree.json",
                """{ "databases": [], "services": { "app": { "command": "exec sleep 1000" } } }"""
            )
            .WriteProjects(1)
            .WriteSolution(1)
            .Commit();

    private static BuildResult Call(Consumer shop, string target) =>
        shop.Run(
            "dotnet",
            "msbuild",
            "-nologo",
            "-tl:off",
            $"-t:{target}",
            "-p:WorktreeHooksInstall=false"
        );

    private static void Allow(string file, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, mode);
        }
    }
}
