using System.Diagnostics;
using System.Text.Json;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Database;
using Worktree.Hooks.Tests.Support;
using static Worktree.Hooks.Engine.Tests.PostgresContainers;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>PostgreSQL in named volumes: main's is copied to the worktree's.</summary>
public sealed class VolumeDatabaseTests : IDisposable
{
    private static readonly string[] Kept = ["previous", "manifest.json"];

    private readonly CloneRepository repository = new(DatabaseType.Postgres, "volume:db-data");
    private readonly PostgresContainers containers = new();
    private readonly string inMain;
    private readonly string inWorktree;

    public VolumeDatabaseTests()
    {
        repository.Database = repository.Database with { Volume = "db-data" };
        var identity = repository.Identity;
        inWorktree = $"{identity.ProjectName}_db-data";
        inMain = $"{(identity with { IsMain = true, Name = "main" }).ProjectName}_db-data";
    }

    [SkippableFact]
    public void A_running_mains_volume_is_copied_to_one_that_Compose_takes_for_its_own()
    {
        PrivateEngine.Require();
        var main = containers.StartServer(inMain);
        Sql(main, "CREATE TABLE visits AS SELECT generate_series(1, 3) AS id");

        var outcome = repository.CopyMissing();

        Assert.Equal(DatabaseOutcomeKind.Copied, outcome.Kind);
        Assert.Contains("main kept running", outcome.Method, StringComparison.Ordinal);
        Assert.Equal(DatabaseOutcomeKind.AlreadyThere, repository.CopyMissing().Kind);
        var labels = PrivateEngine.Docker(
            "volume",
            "inspect",
            "--format",
            "{{json .Labels}}",
            inWorktree
        );
        Assert.Contains(
            "\"com.docker.compose.volume\":\"db-data\"",
            labels,
            StringComparison.Ordinal
        );
        Assert.Contains("\"worktree-hooks.worktree\":\"", labels, StringComparison.Ordinal);
        var own = containers.StartServer(inWorktree);
        Assert.Equal("3", Sql(own, "SELECT count(*) FROM visits"));
        Assert.Equal(repository.Identity.ProjectName, Sql(own, "SHOW cluster_name"));
        Sql(own, "DELETE FROM visits");
        Assert.Equal("3", Sql(main, "SELECT count(*) FROM visits"));
        AssertNothingIsLeft();
    }

    [SkippableFact]
    public void A_refresh_keeps_what_was_written_and_a_restore_brings_it_back()
    {
        PrivateEngine.Require();
        var main = containers.StartServer(inMain);
        Sql(main, "CREATE TABLE visits AS SELECT generate_series(1, 3) AS id");
        repository.Sync();
        Assert.Equal(DatabaseOutcomeKind.Unchanged, repository.Sync().Kind);
        var own = containers.StartServer(inWorktree);
        Sql(own, "INSERT INTO visits VALUES (99)");
        Assert.Equal("WTH4003", Refusal(() => repository.Sync()));
        Stop(own);
        Sql(main, "INSERT INTO visits VALUES (4), (5)");

        Assert.NotNull(repository.Sync().KeptPrevious);
        Assert.Equal("5", CountInWorktree());
        var info = Info();
        Assert.True(info.Exists);
        Assert.False(info.ChangedSince);
        Assert.True(info.Bytes > 1_000_000);
        Assert.True(info.PreviousGeneration!.Bytes > 1_000_000);
        Assert.Equal(inMain, info.Source);

        repository.Restore();
        Assert.Equal("4", CountInWorktree());
        repository.Restore();
        Assert.Equal("5", CountInWorktree());
        AssertNothingIsLeft();
    }

    [SkippableFact]
    public void A_copy_that_was_started_but_not_written_to_is_no_previous_generation()
    {
        PrivateEngine.Require();
        var main = containers.StartServer(inMain);
        Sql(main, "CREATE TABLE visits AS SELECT generate_series(1, 3) AS id");
        Stop(main);
        repository.Sync();
        Assert.Equal("3", CountInWorktree());
        main = containers.StartServer(inMain);
        Sql(main, "INSERT INTO visits VALUES (4)");

        Assert.Null(repository.Sync().KeptPrevious);

        Assert.Equal("4", CountInWorktree());
        Assert.Equal("WTH4010", Refusal(() => repository.Restore()));
    }

    [SkippableFact]
    public void The_volume_of_a_main_whose_server_was_killed_and_removed_is_copied()
    {
        PrivateEngine.Require();
        var main = containers.StartServer(inMain);
        Sql(main, "CREATE TABLE visits AS SELECT generate_series(1, 3) AS id");
        PrivateEngine.Docker("kill", main);
        PrivateEngine.Docker("rm", main);

        Assert.Equal(DatabaseOutcomeKind.Copied, repository.Sync().Kind);

        Assert.Equal("3", CountInWorktree());
        AssertNothingIsLeft();
    }

    [SkippableFact]
    public void A_data_directory_deeper_in_the_volume_is_at_the_same_place_in_the_copy()
    {
        PrivateEngine.Require();
        string[] deeper = ["-e", $"PGDATA={DataFolder}/15/docker"];
        var main = containers.StartServer(inMain, deeper);
        Sql(main, "CREATE TABLE visits AS SELECT generate_series(1, 3) AS id");

        repository.Sync();

        var own = containers.StartServer(inWorktree, deeper);
        Assert.Equal("3", Sql(own, "SELECT count(*) FROM visits"));
    }

    [SkippableFact]
    public void A_copy_that_is_killed_leaves_the_old_database_and_the_next_cleans_up()
    {
        PrivateEngine.Require();
        WriteConfiguration();
        var main = containers.StartServer(inMain);
        Sql(main, "CREATE TABLE visits AS SELECT generate_series(1, 3) AS id");
        repository.Sync();
        var own = containers.StartServer(inWorktree);
        Sql(own, "INSERT INTO visits VALUES (99)");
        Stop(own);
        Sql(main, "INSERT INTO visits VALUES (4), (5)");
        // So that there is something to kill: a small copy is done before anybody looks.
        Sql(
            main,
            "CREATE TABLE filler AS SELECT repeat(md5(i::text), 30) FROM generate_series(1, 150000) i"
        );

        using (var process = StartProcess("db", "sync"))
        {
            PrivateEngine.Await("the copy is being made", () => IsCopying() || process.HasExited);
            process.Kill();
            process.WaitForExit();
            Assert.NotEqual(0, process.ExitCode);
        }

        PrivateEngine.Docker([
            "rm",
            "--force",
            .. Helpers().Split('\n', StringSplitOptions.RemoveEmptyEntries),
        ]);
        Assert.Equal("4", CountInWorktree());
        repository.Sync();
        Assert.Equal("5", CountInWorktree());
        repository.Restore();
        Assert.Equal("4", CountInWorktree());
        AssertNothingIsLeft();
    }

    [SkippableFact]
    public void Without_an_engine_a_build_goes_on_and_a_sync_says_what_is_missing()
    {
        PrivateEngine.Require();
        WriteConfiguration();

        var allocated = Run("unix:///nowhere.sock", "allocate");
        var synced = Run("unix:///nowhere.sock", "db", "sync");

        Assert.Equal(0, allocated.ExitCode);
        Assert.DoesNotContain("WTH", allocated.ErrorOutput, StringComparison.Ordinal);
        Assert.Equal(1, synced.ExitCode);
        Assert.Contains("WTH5010", synced.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("volume 'db-data'", synced.ErrorOutput, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void StartStack_of_a_compose_file_with_a_volume_starts_each_worktree_with_mains_rows()
    {
        PrivateEngine.Require();
        WriteConfiguration();
        var composeFile = $$"""
            services:
              db:
                image: {{PrivateEngine.Postgres}}
                environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: s3cret, POSTGRES_DB: shop }
                ports: ["${POSTGRES_PORT}:5432"]
                volumes: ["db-data:{{DataFolder}}"]
            volumes:
              db-data:
            """;
        repository.Repository.Write("compose.yaml", composeFile);
        File.WriteAllText(Path.Combine(repository.Worktree, "compose.yaml"), composeFile);
        Succeeds(repository.Repository.Root, "start");
        Sql(Service(inMain), "CREATE TABLE visits AS SELECT generate_series(1, 3) AS id");

        var started = Succeeds(repository.Worktree, "start");

        Assert.DoesNotContain("not created by Docker Compose", started, StringComparison.Ordinal);
        Assert.Equal("3", Sql(Service(inWorktree), "SELECT count(*) FROM visits"));
        Succeeds(repository.Worktree, "stop");
        Succeeds(repository.Repository.Root, "remove", "feature-x", "--force");
        Assert.DoesNotContain(
            inWorktree,
            PrivateEngine.Docker("volume", "ls", "--quiet"),
            StringComparison.Ordinal
        );
        Assert.Equal("3", Sql(Service(inMain), "SELECT count(*) FROM visits"));
    }

    public void Dispose()
    {
        if (PrivateEngine.IsThere)
        {
            containers.Dispose();
            PrivateEngine.Clean();
        }
        repository.Dispose();
    }

    private void WriteConfiguration()
    {
        const string Configuration =
            """{ "databases": [{ "type": "postgres", "volume": "db-data" }] }""";
        repository.Repository.Write("worktree.json", Configuration);
        File.WriteAllText(Path.Combine(repository.Worktree, "worktree.json"), Configuration);
    }

    private static string Refusal(Action act) =>
        Assert.Throws<WorktreeHooksException>(act).Diagnostic.Definition.Code;

    private DatabaseInfo Info() =>
        DatabaseClone.DescribeInFull(repository.Call(repository.Narrator), [repository.Database])[
            0
        ];

    private static string Helpers() =>
        PrivateEngine.Docker("ps", "-aq", "--filter", "label=worktree-hooks.helper");

    private void AssertNothingIsLeft()
    {
        Assert.Empty(Helpers());
        var own = PrivateEngine.Docker(
            "run",
            "--rm",
            "-v",
            $"{inWorktree}:/data",
            PrivateEngine.Busybox,
            "sh",
            "-c",
            "ls -A /data/.worktree-hooks"
        );
        Assert.All(own.Split('\n'), n => Assert.Contains(n, Kept));
    }

    private static bool IsCopying() =>
        Helpers() is { Length: > 0 } helper
        && PrivateEngine
            .TryDocker("exec", helper, "test", "-d", $"/worktree-hooks/own/{VolumeScripts.New}")
            .ExitCode == 0;

    private string CountInWorktree()
    {
        var own = containers.StartServer(inWorktree);
        var count = Sql(own, "SELECT count(*) FROM visits");
        Stop(own);
        return count;
    }

    private static void Stop(string container) => PrivateEngine.Docker("stop", container);

    private static string Service(string volume) =>
        PrivateEngine.Docker("ps", "-q", "--filter", $"volume={volume}");

    private string Succeeds(string folder, params string[] command)
    {
        var result = ChildProcess.Run(
            repository.Repository.Environment,
            folder,
            RunnerProgram.Path,
            command
        );
        Assert.True(result.ExitCode == 0, $"{result.Output}{result.ErrorOutput}");
        return result.Output + result.ErrorOutput;
    }

    private ProcessResult Run(string engine, params string[] command)
    {
        var environment = repository.Repository.Environment;
        var variables = new Dictionary<string, string>(
            environment.Variables,
            StringComparer.Ordinal
        )
        {
            ["DOCKER_HOST"] = engine,
        };
        return ChildProcess.Run(
            environment with
            {
                Variables = variables,
            },
            repository.Worktree,
            RunnerProgram.Path,
            command
        );
    }

    private Process StartProcess(params string[] command)
    {
        var start = new ProcessStartInfo(RunnerProgram.Path, command)
        {
            WorkingDirectory = repository.Worktree,
        };
        foreach (var (name, value) in repository.Repository.Environment.Variables)
        {
            start.Environment[name] = value;
        }
        return Process.Start(start)!;
    }
}
