namespace Worktree.Hooks.EndToEnd.Tests.Packages;

/// <summary>
/// An ASP.NET Core solution of the SDK's templates with PostgreSQL, Redis, a user secret and migrations, which knew
/// nothing of us: the tool, <c>init</c>, and then everybody's own commands.
/// </summary>
[Collection(nameof(PackageFeed))]
public sealed class SomebodysRepositoryTests(PackageFeed feed)
{
    [SkippableFact]
    public async Task After_init_main_and_a_worktree_run_are_started_and_are_tested_at_the_same_time()
    {
        using var shop = SomebodysRepository.Create(feed);
        var quickStart = shop.FollowReadme();
        Assert.Contains("\nwrote worktree.json\n", quickStart, StringComparison.Ordinal);
        Assert.Contains("feature-x of shop\n", quickStart, StringComparison.Ordinal);
        shop.Require(shop.Main, "dotnet", "worktree", "remove", "feature-x");
        shop.Commit();
        Assert.Contains(
            "set up already",
            shop.Require(shop.Main, "dotnet", "worktree", "init", "--yes"),
            StringComparison.Ordinal
        );

        shop.Require(shop.Main, "dotnet", "build");
        shop.Require(shop.Main, "dotnet", "msbuild", "-t:StartStack");
        var main = shop.Run(shop.Main);
        await shop.Order(main, "of-main");
        Assert.Equal(1, await shop.Visit(main));

        // While main runs: git, and then what everybody types.
        var root = shop.AddWorktree("feature");
        shop.Require(root, "dotnet", "msbuild", "-restore", "-t:StartStack");
        Assert.Equal(
            2,
            shop.Require(root, "dotnet", "worktree", "doctor")
                .Split("held by this worktree's own stack")
                .Length - 1
        );
        var feature = shop.Run(root);
        Assert.NotEqual(main.Port, feature.Port);
        Assert.Equal(Consumer.PortOf(root, "APP_PORT"), feature.Port);
        Assert.Equal(["of-main"], await shop.Orders(feature));
        await shop.Order(feature, "of-feature");
        Assert.Equal(1, await shop.Visit(feature));
        Assert.Equal(2, await shop.Visit(main));
        Assert.Equal(["of-main"], await shop.Orders(main));

        var tests = await Task.WhenAll(
            new[] { shop.Main, root }.Select(r =>
                Task.Run(() => shop.Require(r, "dotnet", "test", "tests/Shop.Tests"))
            )
        );
        Assert.All(tests, t => Assert.Contains("Passed!", t, StringComparison.Ordinal));
        // Each tested its own database.
        Assert.Equal(2, (await shop.Orders(main)).Length);
        Assert.Equal(3, (await shop.Orders(feature)).Length);

        shop.Require(root, "dotnet", "msbuild", "-t:StopStack");
        Assert.Equal(3, await shop.Visit(main));
    }
}
