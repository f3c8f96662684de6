using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>Projects that <c>docker compose up</c> has started without Worktree.Hooks: this folder's own, and others of its name.</summary>
public sealed class PlainComposeTests
{
    private const string Sound = """
        services: { web: { image: busybox, command: sleep 1000, init: true } }

        """;

    private const string Database = """
        services:
          db:
            image: postgres:15
            environment: { POSTGRES_PASSWORD: secret }
            volumes: ["./rows:/var/lib/postgresql/data"]

        """;

    [SkippableFact]
    public void Mains_own_stack_is_taken_over_with_its_database()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Database);
        Directory.CreateDirectory(Path.Combine(stack.Root, "rows"));
        stack.PlainCompose(stack.Root, "up", "--detach");
        var plain = EngineStack.Ids("webserver").Single();
        PostgresContainers.AwaitServer(plain);
        Sql(plain, "CREATE TABLE visits AS SELECT generate_series(1, 3) AS id");

        stack.Start(stack.Root);

        var own = EngineStack.Ids("webserver").Single();
        Assert.NotEqual(plain, own);
        Assert.Equal("3", Sql(own, "SELECT count(*) FROM visits"));
        Assert.Empty(stack.Narrator.Warnings);
    }

    [SkippableTheory]
    [InlineData("db:", "base:")]
    [InlineData("image: postgres:15", "profiles: [old]\n    image: postgres:15")]
    public void What_a_start_would_not_make_anew_is_refused_on_the_database(string old, string now)
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Database);
        Directory.CreateDirectory(Path.Combine(stack.Root, "rows"));
        stack.PlainCompose(stack.Root, "up", "--detach");
        stack.Write(Database.Replace(old, now, StringComparison.Ordinal));
        stack.Repository.Write(
            "compose.override.yaml",
            Database.Replace("db:", "successor:", StringComparison.Ordinal)
        );

        var error = Assert.Throws<WorktreeHooksException>(() => stack.Start(stack.Root));

        Assert.Equal(ErrorCatalogue.DataDirectoryMounted, error.Diagnostic.Definition);
    }

    [SkippableFact]
    public void A_run_of_a_service_on_the_database_is_refused()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Database);
        Directory.CreateDirectory(Path.Combine(stack.Root, "rows"));
        stack.PlainCompose(stack.Root, "run", "--detach", "db");

        var error = Assert.Throws<WorktreeHooksException>(() => stack.Start(stack.Root));

        Assert.Equal(ErrorCatalogue.DataDirectoryMounted, error.Diagnostic.Definition);
    }

    [SkippableTheory]
    [InlineData("{ROOT}/rows:/x", true)]
    [InlineData("{ROOT}/rows/base:/x", true)]
    [InlineData("{ROOT}/rows:/x:ro", false)]
    public void A_container_with_the_whole_repository_is_in_the_way_where_it_has_the_database_once_more(
        string mount,
        bool isRefused
    )
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Database);
        Directory.CreateDirectory(Path.Combine(stack.Root, "rows"));
        stack.Repository.Write("worktree.json", """{ "databases": [] }""");
        string[] mounts =
        [
            $"{stack.Root}:/src",
            mount.Replace("{ROOT}", stack.Root, StringComparison.Ordinal),
        ];
        using var tool = new Stranger("tool", ["-v", mounts[0], "-v", mounts[1]]);
        if (!isRefused)
        {
            stack.Start(stack.Root);
            return;
        }

        var error = Assert.Throws<WorktreeHooksException>(() => stack.Start(stack.Root));

        Assert.Equal(ErrorCatalogue.DataDirectoryMounted, error.Diagnostic.Definition);
    }

    [SkippableFact]
    public void A_stop_leaves_a_project_of_the_same_name_of_another_folder()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Sound);
        stack.Start(stack.Root);
        stack.Stop(stack.Root);
        var other = stack.Repository.Beside("b", "webserver");
        Directory.CreateDirectory(other);
        File.WriteAllText(Path.Combine(other, "compose.yaml"), Sound);
        stack.PlainCompose(other, "up", "--detach");

        stack.Stop(stack.Root);

        Assert.Single(EngineStack.Ids("webserver"));
        Assert.Contains(
            $"project 'webserver' was started from '{other}', not from here: it is left",
            stack.Narrator.Lines
        );
        Assert.Contains("nothing runs here", stack.Narrator.Lines);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_start_leaves_a_project_of_the_same_name_of_another_folder(bool isStopped)
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Sound);
        var other = stack.Repository.Beside("b", "webserver");
        Directory.CreateDirectory(other);
        File.WriteAllText(Path.Combine(other, "compose.yaml"), Sound);
        stack.PlainCompose(other, "up", "--detach");
        if (isStopped)
        {
            stack.PlainCompose(other, "stop", "--timeout", "1");
        }
        var theirs = EngineStack.Ids("webserver");

        var error = Assert.Throws<WorktreeHooksException>(() => stack.Start(stack.Root)).Diagnostic;

        Assert.Equal(ErrorCatalogue.ComposeProjectTaken, error.Definition);
        Assert.Contains($"was started from '{other}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(theirs, EngineStack.Ids("webserver"));

        // Its folder is gone: nobody else would ever end it.
        Directory.Delete(other, recursive: true);
        stack.Start(stack.Root);
        Assert.NotEqual(theirs, EngineStack.Ids("webserver"));
    }

    [SkippableFact]
    public void A_stop_takes_what_was_started_here_from_a_folder_inside()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Sound);
        stack.Start(stack.Root);
        stack.Stop(stack.Root);
        var inside = Path.Combine(stack.Root, "deploy");
        Directory.CreateDirectory(inside);
        File.WriteAllText(Path.Combine(inside, "compose.yaml"), Sound);
        stack.PlainCompose(inside, "--project-name", "webserver", "up", "--detach");

        stack.Stop(stack.Root);

        Assert.Empty(EngineStack.Ids("webserver"));
    }

    [SkippableFact]
    public void A_stop_takes_what_was_started_here_wherever_the_shells_env_files_are()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Sound);
        stack.Start(stack.Root);
        stack.Stop(stack.Root);
        stack.PlainCompose(stack.Root, "up", "--detach");
        var environment = stack.Repository.Environment.With("COMPOSE_ENV_FILES", "my.env");

        new StackCommands(environment, stack.Root, stack.Narrator).Stop(CancellationToken.None);

        Assert.Empty(EngineStack.Ids("webserver"));
        Assert.Equal(2, stack.Narrator.Lines.Count(l => l == "stopped web"));
    }

    private static string Sql(string container, string sql) =>
        PrivateEngine.Docker("exec", container, "psql", "-U", "postgres", "-Atc", sql);
}
