using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>Services that are images, on a real engine: main and worktrees beside each other.</summary>
public sealed class ImageStackTests : IDisposable
{
    private const string Idle = """
        "idle": { "image": "busybox", "command": ["sleep", "1000"] }
        """;

    private readonly ImageRepository repository = new();

    public void Dispose() => repository.Dispose();

    [SkippableFact]
    public void Main_and_two_worktrees_run_at_once_each_with_its_own_port_network_and_names()
    {
        PrivateEngine.Require();
        repository.Write(ImageRepository.Web);
        string[] roots = [repository.Root, repository.Add("one"), repository.Add("two")];
        foreach (var root in roots)
        {
            repository.Start(root);
        }

        Assert.Equal(
            ["main", "one", "two"],
            roots.Select(r => ImageRepository.Get(repository.Port(r, "APP_PORT")))
        );
        Assert.Equal(["webserver_one-web"], ImageRepository.Containers(roots[1]));
        Assert.Equal(["webserver_one"], ImageRepository.Networks(roots[1]));
        Assert.Equal(
            "true",
            PrivateEngine.Docker("inspect", "-f", "{{.HostConfig.Init}}", "webserver_one-web")
        );
        Assert.Contains(
            "main of webserver runs too (APP_PORT 47201, POSTGRES_PORT 47301) and is left alone",
            repository.Narrator.Lines
        );

        repository.Stop(roots[1]);

        Assert.Empty(ImageRepository.Containers(roots[1]));
        Assert.Empty(ImageRepository.Networks(roots[1]));
        Assert.Equal("main", ImageRepository.Get(47201));
        Assert.Equal("two", ImageRepository.Get(repository.Port(roots[2], "APP_PORT")));

        Assert.Equal(0, repository.Worktree(roots[2], "stop", "--all").ExitCode);
        Assert.All(roots, r => Assert.Empty(ImageRepository.Containers(r)));
        Assert.Equal(0, repository.Worktree(roots[2], "start", "--all").ExitCode);
        Assert.Equal(
            ["main", "one", "two"],
            roots.Select(r => ImageRepository.Get(repository.Port(r, "APP_PORT")))
        );
    }

    [SkippableFact]
    public void A_stack_is_idle_after_two_hours_in_which_no_container_wrote_a_line()
    {
        PrivateEngine.Require();
        repository.Write(Idle);
        repository.Start(repository.Root);
        var started = Row(TimeProvider.System.GetUtcNow()).Services[0].Since!.Value;
        // As if the container had been started that long ago; the line comes a moment after it.
        var later = started + TimeSpan.FromHours(2) + TimeSpan.FromSeconds(1);
        var idle = Row(later);
        Assert.True(idle.Idle);
        Assert.Equal("running, idle for 2 h", StatusText.State(idle, later));

        PrivateEngine.Await(
            "more than a second is over",
            () => TimeProvider.System.GetUtcNow() > started + TimeSpan.FromSeconds(2)
        );
        PrivateEngine.Docker("exec", "webserver-idle", "sh", "-c", "echo here >/proc/1/fd/1");

        PrivateEngine.Await("the line is a trace", () => !Row(later).Idle);
        Assert.True(Row(later).LastActivity > started);
    }

    [SkippableFact]
    public void The_classic_stack_of_images_serves_every_worktrees_own_rows_over_https()
    {
        PrivateEngine.Require();
        using var stack = new ClassicStack(ofImages: true);
        stack.Worktree(stack.Main, "start");
        stack.AddRow(stack.Main, "of main");
        string[] names = ["one", "two"];
        var roots = names.Select(stack.Add).ToList();
        foreach (var (name, root) in names.Zip(roots))
        {
            stack.Worktree(root, "start");
            stack.AddRow(root, $"of {name}");
        }

        string[] common = ["the first row", "the second row", "of main"];
        Assert.Equal(common, stack.Rows(stack.Main));
        Assert.Equal([.. common, "of one"], stack.Rows(roots[0]));
        Assert.Equal([.. common, "of two"], stack.Rows(roots[1]));
        Assert.Equal("https://classic.dev.localhost", stack.Url(stack.Main));
        Assert.Equal(3, roots.Append(stack.Main).Select(stack.Url).Distinct().Count());

        // The app is repaired, and the database's container goes on.
        var database = PrivateEngine.Docker("ps", "-q", "-f", "name=classic_one-db");
        PrivateEngine.Docker("kill", "classic_one-app");
        Assert.Equal("partly running", stack.Status("one").GetProperty("state").GetString());
        stack.Worktree(roots[0], "start");
        Assert.Equal(database, PrivateEngine.Docker("ps", "-q", "-f", "name=classic_one-db"));
        Assert.Equal([.. common, "of one"], stack.Rows(roots[0]));

        stack.Worktree(stack.Main, "stop", "--all");
        Assert.Equal("", PrivateEngine.Docker("ps", "--all", "--quiet"));
    }

    [SkippableFact]
    public void Logs_are_those_of_processes_and_containers()
    {
        PrivateEngine.Require();
        repository.Write(
            """
            "box": { "image": "busybox", "command": "echo from the box; exec sleep 1000", "ready": { "log": "from the b.x$" } },
            "clock": { "command": "echo from the process; exec sleep 1000", "ready": { "log": "from" } }
            """
        );
        repository.Start(repository.Root);

        Assert.Equal(
            "clock | from the process\nbox | from the box\n",
            repository.Worktree(repository.Root, "logs").Output
        );
        Assert.Equal("from the box\n", repository.Worktree(repository.Root, "logs", "box").Output);
    }

    [SkippableFact]
    public void A_second_start_changes_nothing_and_says_so_and_a_restart_gives_the_same_port()
    {
        PrivateEngine.Require();
        repository.Write(ImageRepository.Web);
        var root = repository.Add("one");
        repository.Start(root);
        var ids = ImageRepository.Ids(root);
        var port = repository.Port(root, "APP_PORT");

        var said = repository.Start(root);

        Assert.Contains("the stack runs already; nothing was changed", said);
        Assert.Equal(ids, ImageRepository.Ids(root));

        repository.Commands(root).Restart(new StackOptions(), CancellationToken.None);

        Assert.NotEqual(ids, ImageRepository.Ids(root));
        Assert.Equal(port, repository.Port(root, "APP_PORT"));
        Assert.Equal("one", ImageRepository.Get(port));
    }

    [SkippableFact]
    public void Status_sees_a_container_that_was_killed_and_a_start_repairs_it_alone()
    {
        PrivateEngine.Require();
        repository.Write(ImageRepository.Web + "," + Idle);
        repository.Start(repository.Root);
        var idle = PrivateEngine.Docker("inspect", "-f", "{{.Id}}", "webserver-idle");
        Assert.Equal("running", repository.Status("main").GetProperty("state").GetString());

        PrivateEngine.Docker("kill", "webserver-web");

        var status = repository.Status("main");
        Assert.Equal("partly running", status.GetProperty("state").GetString());
        Assert.Equal(
            ["web stopped", "idle running"],
            status
                .GetProperty("services")
                .EnumerateArray()
                .Select(s => $"{s.GetProperty("name")} {s.GetProperty("state")}")
        );

        repository.Start(repository.Root);

        Assert.Equal("main", ImageRepository.Get(47201));
        Assert.Equal(idle, PrivateEngine.Docker("inspect", "-f", "{{.Id}}", "webserver-idle"));
    }

    private StatusRow Row(DateTimeOffset now) =>
        StatusReport
            .Query(
                repository.Environment with
                {
                    Clock = new StoppedClock(now),
                },
                repository.Root,
                repository.Narrator
            )
            .Worktrees.Single();
}
