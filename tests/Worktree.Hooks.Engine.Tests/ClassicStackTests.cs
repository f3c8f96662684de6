namespace Worktree.Hooks.Engine.Tests;

public sealed class ClassicStackTests
{
    [SkippableFact]
    public void Main_and_three_worktrees_serve_their_own_rows_over_https_at_the_same_time()
    {
        PrivateEngine.Require();
        using var stack = new ClassicStack();
        Assert.Contains("proxy is ready", stack.UpByBuild(stack.Main), StringComparison.Ordinal);
        Assert.Equal(["the first row", "the second row"], stack.Rows(stack.Main, atOnce: true));
        Assert.Equal("https://classic.dev.localhost", stack.Url(stack.Main));
        stack.AddRow(stack.Main, "of main");

        // Main runs while its database is copied.
        string[] names = ["one", "two", "three"];
        var roots = names.Select(stack.Add).ToList();
        foreach (var (name, root) in names.Zip(roots))
        {
            stack.Up(root);
            Assert.Equal(
                ["the first row", "the second row", "of main"],
                stack.Rows(root, atOnce: true)
            );
            stack.AddRow(root, $"of {name}");
        }

        var all = roots.Prepend(stack.Main).ToList();
        Assert.Equal(4, all.Select(stack.Url).Distinct(StringComparer.Ordinal).Count());
        foreach (var (name, root) in names.Prepend("main").Zip(all))
        {
            string[] own = name == "main" ? [] : [$"of {name}"];
            Assert.Equal(["the first row", "the second row", "of main", .. own], stack.Rows(root));
            Assert.Equal("running", stack.Status(name).GetProperty("state").GetString());
            Assert.Equal(
                PrivateEngine.HasControlGroups,
                stack.Status(name).GetProperty("memoryBytes").GetInt64() > 0
            );
        }
        Assert.EndsWith(":443", PrivateEngine.Docker("port", "classic-proxy-1", "443"));
        Assert.EndsWith(":5432", PrivateEngine.Docker("port", "classic-db-1", "5432"));

        AKilledAppIsSeenAndRepaired(stack, "two", roots[1]);
        ARestartGivesTheSamePorts(stack, roots[0]);
    }

    private static void AKilledAppIsSeenAndRepaired(ClassicStack stack, string name, string root)
    {
        PrivateEngine.Docker("kill", $"classic_{name}-app-1");
        Assert.Equal("partly running", stack.Status(name).GetProperty("state").GetString());

        var database = PrivateEngine.Docker("ps", "-q", "-f", $"name=classic_{name}-db-1");
        stack.UpByBuild(root);

        Assert.Equal(database, PrivateEngine.Docker("ps", "-q", "-f", $"name=classic_{name}-db-1"));
        Assert.Contains($"of {name}", stack.Rows(root));
        Assert.Equal("running", stack.Status(name).GetProperty("state").GetString());
    }

    private static void ARestartGivesTheSamePorts(ClassicStack stack, string root)
    {
        var url = stack.Url(root);
        var ports = Ports();
        Assert.Equal(
            ["APP_PORT", "HTTPS_PORT", "POSTGRES_PORT"],
            ports.Select(p => p.Name).Order()
        );
        stack.Worktree(root, "restart");

        Assert.Equal(url, stack.Url(root));
        Assert.Equal(ports, Ports());
        Assert.Contains("of one", stack.Rows(root));

        (string Name, int Port)[] Ports() =>
            [
                .. stack
                    .Status("one")
                    .GetProperty("worktree")
                    .GetProperty("ports")
                    .EnumerateObject()
                    .Select(p => (p.Name, p.Value.GetInt32())),
            ];
    }
}
