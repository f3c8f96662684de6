using System.Diagnostics;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Database;
using Worktree.Hooks.Tests.Support;
using static Worktree.Hooks.Engine.Tests.PostgresContainers;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>Databases of containers whose files the user may not look into; the user is nobody, since root may.</summary>
public sealed class ForeignDatabaseTests : IDisposable
{
    private readonly CloneRepository repository = new(DatabaseType.Postgres, "postgres_data");
    private readonly PostgresContainers containers = new();

    public ForeignDatabaseTests()
    {
        repository.Repository.Write(
            "worktree.json",
            """{ "databases": [{ "type": "postgres", "path": "postgres_data" }] }"""
        );
        if (PrivateEngine.IsThere && PrivateEngine.HasRootsRights)
        {
            repository.Shell(
                $"chown -R nobody '{repository.Repository.Outside}'; chmod -R go-w '{repository.Repository.Outside}'"
            );
            PrivateEngine.LetEverybodyIn();
        }
    }

    [SkippableFact]
    public void A_stopped_main_that_the_user_may_not_read_is_copied_by_a_helper_container()
    {
        PrivateEngine.RequireRoot();
        var main = containers.StartServer(repository.InMain);
        Sql(main, "CREATE TABLE visits AS SELECT generate_series(1, 3) AS id");
        PrivateEngine.Docker("stop", main);

        Run("sync");

        Assert.Equal(Owner(repository.InMain), Owner(repository.InWorktree));
        Assert.Contains("cluster_name", Settings(), StringComparison.Ordinal);
        var own = containers.StartServer(repository.InWorktree);
        Assert.Equal("3", Sql(own, "SELECT count(*) FROM visits"));
        AssertNothingIsLeft();
    }

    [SkippableFact]
    public void A_refresh_from_a_running_main_keeps_what_was_written_and_a_restore_brings_it_back()
    {
        PrivateEngine.RequireRoot();
        var main = containers.StartServer(repository.InMain);
        Sql(main, "CREATE TABLE visits AS SELECT generate_series(1, 3) AS id");
        Assert.Contains("main kept running", Run("sync"), StringComparison.Ordinal);
        Run("sync");
        Assert.False(Directory.Exists(repository.Place.Previous));
        var own = containers.StartServer(repository.InWorktree);
        Sql(own, "INSERT INTO visits VALUES (99)");
        Assert.StartsWith("WTH4003", Refusal("sync"), StringComparison.Ordinal);
        PrivateEngine.Docker("stop", own);
        Sql(main, "INSERT INTO visits VALUES (4), (5)");

        Run("sync");
        Assert.Equal("5", CountInWorktree());
        Assert.True(Directory.Exists(repository.Place.Previous));

        Run("restore");
        Assert.Equal("4", CountInWorktree());
        Run("restore");
        Assert.Equal("5", CountInWorktree());
        AssertNothingIsLeft();
    }

    [SkippableFact]
    public void A_copy_that_was_started_but_not_written_to_is_no_previous_generation()
    {
        PrivateEngine.RequireRoot();
        var main = containers.StartServer(repository.InMain);
        Sql(main, "CREATE TABLE visits AS SELECT generate_series(1, 3) AS id");
        PrivateEngine.Docker("stop", main);
        Run("sync");
        Assert.Equal("3", CountInWorktree());
        PrivateEngine.Docker("start", main);
        AwaitServer(main);
        Sql(main, "INSERT INTO visits VALUES (4)");

        Run("sync");

        Assert.Equal("4", CountInWorktree());
        Assert.False(Directory.Exists(repository.Place.Previous));
        AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Without_an_engine_the_refusal_says_who_may_read_it()
    {
        PrivateEngine.RequireRoot();
        var main = containers.StartServer(repository.InMain);
        PrivateEngine.Docker("stop", main);

        var result = Start("sync", "unix:///nowhere.sock");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("WTH4001", result.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("belongs to", result.ErrorOutput, StringComparison.Ordinal);
        Assert.False(Directory.Exists(repository.InWorktree));
    }

    [SkippableFact]
    public void A_copy_that_is_killed_leaves_the_old_database_and_the_next_cleans_up()
    {
        PrivateEngine.RequireRoot();
        var main = containers.StartServer(repository.InMain);
        Sql(main, "CREATE TABLE visits AS SELECT generate_series(1, 3) AS id");
        Run("sync");
        var own = containers.StartServer(repository.InWorktree);
        Sql(own, "INSERT INTO visits VALUES (99)");
        PrivateEngine.Docker("stop", own);
        Sql(main, "INSERT INTO visits VALUES (4), (5)");
        // So that there is something to kill: a small copy is done before anybody looks.
        Sql(
            main,
            "CREATE TABLE filler AS SELECT repeat(md5(i::text), 30) FROM generate_series(1, 150000) i"
        );

        var start = new ProcessStartInfo("setpriv", Command("sync"))
        {
            WorkingDirectory = repository.Worktree,
        };
        foreach (var (name, value) in repository.Repository.Environment.Variables)
        {
            start.Environment[name] = value;
        }
        using (var process = Process.Start(start)!)
        {
            PrivateEngine.Await(
                "the copy is being made",
                () => Directory.Exists(repository.Place.Temporary) || process.HasExited
            );
            process.Kill();
            process.WaitForExit();
            Assert.NotEqual(0, process.ExitCode);
        }

        Assert.NotEmpty(
            PrivateEngine.Docker("ps", "-q", "--filter", "label=worktree-hooks.helper")
        );
        Assert.Equal("4", CountInWorktree());
        Run("sync");
        Assert.Equal("5", CountInWorktree());
        Assert.True(Directory.Exists(repository.Place.Previous));
        AssertNothingIsLeft();
    }

    public void Dispose()
    {
        containers.Dispose();
        repository.Dispose();
    }

    private void AssertNothingIsLeft()
    {
        Assert.Empty(PrivateEngine.Docker("ps", "-aq", "--filter", "label=worktree-hooks.helper"));
        Assert.DoesNotContain(
            repository.Neighbours(),
            n => !n.EndsWith("-previous", StringComparison.Ordinal)
        );
    }

    private string Run(string command)
    {
        var result = Start(command, null);
        Assert.True(result.ExitCode == 0, $"{result.Output}{result.ErrorOutput}");
        return result.Output;
    }

    private string Refusal(string command)
    {
        var result = Start(command, null);
        Assert.Equal(1, result.ExitCode);
        return result.ErrorOutput[
            Math.Max(0, result.ErrorOutput.IndexOf("WTH", StringComparison.Ordinal))..
        ];
    }

    private ProcessResult Start(string command, string? engine)
    {
        var environment = repository.Repository.Environment;
        var variables = new Dictionary<string, string>(
            environment.Variables,
            StringComparer.Ordinal
        );
        if (engine is not null)
        {
            variables["DOCKER_HOST"] = engine;
        }
        return ChildProcess.Run(
            environment with
            {
                Variables = variables,
            },
            repository.Worktree,
            "setpriv",
            Command(command)
        );
    }

    private static string[] Command(string command) =>
        ["--reuid=65534", "--regid=65534", "--clear-groups", RunnerProgram.Path, "db", command];

    private string Settings() =>
        File.ReadAllText(Path.Combine(repository.InWorktree, "postgresql.auto.conf"));

    private string Owner(string path) => repository.Shell($"stat -c '%u %a' '{path}'");

    private string CountInWorktree()
    {
        var own = containers.StartServer(repository.InWorktree);
        var count = Sql(own, "SELECT count(*) FROM visits");
        PrivateEngine.Docker("stop", own);
        return count;
    }
}
