using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Tests.Database;
using static Worktree.Hooks.Engine.Tests.PostgresContainers;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>Databases whose servers run in containers.</summary>
public sealed class ContainerDatabaseTests : IDisposable
{
    private readonly CloneRepository repository = new(DatabaseType.Postgres, "postgres_data");
    private readonly PostgresContainers containers = new();

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_main_that_runs_in_a_container_is_copied_as_the_user_that_the_engine_knows(
        bool publishes
    )
    {
        PrivateEngine.Require();
        var main = containers.StartServer(repository.InMain, publishes ? ["-p", "5499:5432"] : []);
        Sql(main, "CREATE TABLE visits AS SELECT generate_series(1, 3) AS id");

        var outcome = repository.CopyMissing();

        Assert.Equal(DatabaseOutcomeKind.Copied, outcome.Kind);
        Assert.Contains("main kept running", outcome.Method, StringComparison.Ordinal);
        var own = containers.StartServer(repository.InWorktree);
        Assert.Equal("3", Sql(own, "SELECT count(*) FROM visits"));
        Sql(own, "DELETE FROM visits");
        Assert.Equal("3", Sql(main, "SELECT count(*) FROM visits"));
    }

    [SkippableFact]
    public void A_container_that_no_connection_leads_to_is_asked_by_the_psql_in_it()
    {
        PrivateEngine.Require();
        var main = containers.StartServer(repository.InMain, "--network", "none");
        Sql(main, "CREATE TABLE visits AS SELECT generate_series(1, 3) AS id");

        var outcome = repository.CopyMissing();

        Assert.Equal("copy, by a helper container, main kept running", outcome.Method);
        var own = containers.StartServer(repository.InWorktree);
        Assert.Equal("3", Sql(own, "SELECT count(*) FROM visits"));
    }

    [SkippableFact]
    public void A_database_that_a_running_container_has_mounted_is_not_replaced()
    {
        PrivateEngine.Require();
        var main = containers.StartServer(repository.InMain);
        repository.CopyMissing();
        Sql(main, "CREATE TABLE later (id int)");
        // No server has left a trace in the directory: only the engine knows.
        var holder = containers.Run(
            "-v",
            $"{repository.InWorktree}:/data",
            PrivateEngine.Busybox,
            "sleep",
            "100"
        );

        var refusal = Assert.Throws<WorktreeHooksException>(() => repository.Sync()).Diagnostic;

        Assert.Equal("WTH4003", refusal.Definition.Code);
        Assert.Contains(
            $"({PrivateEngine.Shown(PrivateEngine.Busybox)})",
            refusal.Message,
            StringComparison.Ordinal
        );
        PrivateEngine.Docker("kill", holder);
        Assert.Equal(DatabaseOutcomeKind.Copied, repository.Sync().Kind);
    }

    [SkippableFact]
    public void An_editors_container_on_the_whole_worktree_hinders_nothing()
    {
        PrivateEngine.Require();
        var main = containers.StartServer(repository.InMain);
        repository.CopyMissing();
        Sql(main, "CREATE TABLE later (id int)");
        containers.Run(
            "-v",
            $"{repository.Worktree}:/workspace",
            PrivateEngine.Busybox,
            "sleep",
            "100"
        );

        Assert.Equal(DatabaseOutcomeKind.Copied, repository.Sync().Kind);
    }

    public void Dispose()
    {
        containers.Dispose();
        PrivateEngine.HandBack(repository.Repository.Outside);
        repository.Dispose();
    }
}
