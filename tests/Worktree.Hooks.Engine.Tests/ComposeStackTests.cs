using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>Compose stacks on a real engine: started, refused, repaired and stopped beside each other.</summary>
public sealed class ComposeStackTests : IDisposable
{
    private const string Settings =
        """{ "ports": { "APP_PORT": { "main": 47101, "range": "47102-47120" } }, "databases": [{ "type": "directory", "path": "files" }] }""";

    private const string Web = """
        services:
          web:
            image: busybox
            container_name: fixed-name
            command: sh -c "mkdir -p /w && echo $$HOSTNAME > /w/index.html && exec busybox httpd -f -p 80 -h /w"
            init: true
            ports: ["${APP_PORT}:80", "47131:80"]
            volumes: ["./files:/files", "data:/data"]
        volumes: { data: { name: fixed-volume } }

        """;

    private readonly TestRepository repository = new();
    private readonly RecordingNarrator narrator = new();
    private readonly List<string> roots = [];

    [SkippableFact]
    public void Main_and_a_worktree_run_at_once_a_second_start_changes_nothing_and_stop_needs_no_file()
    {
        PrivateEngine.Require();
        Write(Web);
        Start(repository.Root);
        var root = AddWorktree("x");
        Start(root);
        var main = Ids("webserver");
        var linked = Ids("webserver_x");
        Assert.Single(main);
        Assert.Single(linked);
        Assert.Equal(
            "fixed-name",
            PrivateEngine.Docker(
                "ps",
                "--format",
                "{{.Names}}",
                "--filter",
                "label=com.docker.compose.project=webserver"
            )
        );

        Start(root);
        Assert.Equal(linked, Ids("webserver_x"));
        Assert.Contains("the stack runs already; nothing was changed", narrator.Lines);

        File.Delete(Path.Combine(root, "compose.yaml"));
        Stop(root);
        Assert.Empty(Ids("webserver_x"));
        Assert.Equal(main, Ids("webserver"));
    }

    [SkippableFact]
    public void A_migration_that_fails_is_said_with_its_last_words_and_leaves_nothing()
    {
        PrivateEngine.Require();
        Write(
            """
            services:
              migrate: { image: busybox, command: sh -c "echo no such table; exit 3" }
              web:
                image: busybox
                command: sleep 1000
                depends_on: { migrate: { condition: service_completed_successfully } }

            """
        );
        var error = Refused(repository.Root);

        Assert.Equal(ErrorCatalogue.ServiceFailed, error.Diagnostic.Definition);
        Assert.Contains("exit code 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("no such table", error.Message, StringComparison.Ordinal);
        Assert.Empty(Ids("webserver"));
    }

    [SkippableFact]
    public void A_health_check_that_never_passes_is_said_and_leaves_nothing()
    {
        PrivateEngine.Require();
        Write(
            """
            services:
              web:
                image: busybox
                command: sleep 1000
                init: true
                healthcheck: { test: "echo not today; exit 1", interval: 1s, retries: 2 }

            """
        );
        var error = Refused(repository.Root);

        Assert.Equal(ErrorCatalogue.ServiceNotReady, error.Diagnostic.Definition);
        Assert.Contains("not today", error.Message, StringComparison.Ordinal);
        Assert.Empty(Ids("webserver"));
    }

    [SkippableFact]
    public void A_step_that_ends_with_0_is_done_and_a_start_after_it_changes_nothing()
    {
        PrivateEngine.Require();
        Write(
            """
            services:
              migrate: { image: busybox, command: "true" }
              web:
                image: busybox
                command: sleep 1000
                init: true
                depends_on: { migrate: { condition: service_completed_successfully } }

            """
        );
        Start(repository.Root);
        Assert.Contains("migrate is done", narrator.Lines);
        Start(repository.Root);
        Assert.Contains("the stack runs already; nothing was changed", narrator.Lines);
    }

    [SkippableFact]
    public void A_container_on_mains_port_is_named_and_a_worktrees_port_is_replaced()
    {
        PrivateEngine.Require();
        Write(Web.Replace("container_name: fixed-name\n", "\n", StringComparison.Ordinal));
        var stranger = PrivateEngine.Docker(
            "run",
            "-d",
            "--init",
            "--label",
            "com.docker.compose.project=other",
            "--name",
            "stranger",
            "-p",
            "47101:80",
            "busybox",
            "sleep",
            "1000"
        );
        try
        {
            var error = Refused(repository.Root);
            Assert.Equal(ErrorCatalogue.MainPortHeld, error.Diagnostic.Definition);
            Assert.Contains(
                "'stranger' (busybox) of project 'other'",
                error.Message,
                StringComparison.Ordinal
            );
        }
        finally
        {
            PrivateEngine.Docker("rm", "-f", stranger);
        }
        var root = AddWorktree("x");
        var port = SetupPort(root);
        using (PortProbe.Listen(port))
        {
            Start(root);
            Assert.NotEqual(port, SetupPort(root));
            Assert.Single(narrator.Warnings, w => w.Definition == ErrorCatalogue.PortReplaced);
        }
    }

    [SkippableFact]
    public void A_database_directory_that_another_container_has_mounted_is_refused()
    {
        PrivateEngine.Require();
        Write(Web);
        Directory.CreateDirectory(Path.Combine(repository.Root, "files"));
        var stranger = PrivateEngine.Docker(
            "run",
            "-d",
            "--init",
            "--name",
            "second",
            "-v",
            $"{repository.Root}/files:/x",
            "busybox",
            "sleep",
            "1000"
        );
        try
        {
            var error = Refused(repository.Root);
            Assert.Equal(ErrorCatalogue.DataDirectoryMounted, error.Diagnostic.Definition);
            Assert.Contains("'second'", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            PrivateEngine.Docker("rm", "-f", stranger);
        }
        Assert.Empty(Ids("webserver"));
    }

    [SkippableFact]
    public void A_start_that_is_given_up_leaves_nothing()
    {
        PrivateEngine.Require();
        Write(
            """
            services:
              web:
                image: busybox
                command: sleep 1000
                init: true
                healthcheck: { test: "exit 1", interval: 60s }

            """
        );
        using var cancelled = new CancellationTokenSource();
        var start = Task.Run(() =>
            Commands(repository.Root).Start(new StackOptions(), cancelled.Token)
        );
        PrivateEngine.Await("the container runs", () => Ids("webserver").Length > 0);
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => start.GetAwaiter().GetResult());
        Assert.Empty(Ids("webserver"));
    }

    public void Dispose()
    {
        if (PrivateEngine.IsThere)
        {
            foreach (var root in roots.Append(repository.Root))
            {
                Stop(root);
            }
            PrivateEngine.TryDocker("volume", "prune", "--force", "--all");
        }
        repository.Dispose();
    }

    private void Write(string compose)
    {
        repository.Write("worktree.json", Settings);
        repository.Write("compose.yaml", compose);
        repository.Git("add", ".");
        repository.Git("commit", "--quiet", "-m", "stack");
    }

    private string AddWorktree(string name)
    {
        roots.Add(repository.AddWorktree(name));
        return roots[^1];
    }

    private StackCommands Commands(string root) => new(repository.Environment, root, narrator);

    private void Start(string root) =>
        Commands(root).Start(new StackOptions(), CancellationToken.None);

    private void Stop(string root) => Commands(root).Stop(CancellationToken.None);

    private WorktreeHooksException Refused(string root) =>
        Assert.Throws<WorktreeHooksException>(() => Start(root));

    private int SetupPort(string root) =>
        WorktreeSetup
            .Run(
                new SetupRequest(repository.Environment, root, DatabaseWish.Keep),
                narrator,
                CancellationToken.None
            )
            .Allocation.Ports[0]
            .Port;

    private static string[] Ids(string project) =>
        PrivateEngine
            .Docker("ps", "-aq", "--filter", $"label=com.docker.compose.project={project}")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
