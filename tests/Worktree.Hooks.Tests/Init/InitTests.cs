using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Init;

public class InitTests
{
    [Fact]
    public void What_somebodys_solution_uses_is_written_down()
    {
        using var repository = new InitRepository().WithWebSolution();

        repository.Apply();

        Snapshots.Match(repository.Read("worktree.json"));
    }

    [Fact]
    public void What_is_written_is_what_a_worktree_gets()
    {
        using var repository = new InitRepository().WithWebSolution();
        repository.Apply();
        var root = repository.Repository.AddWorktree("feature-x");

        var allocation = SetupOf.Worktree(repository.Repository, root);

        Assert.Equal(
            ["HTTPS_PORT", "APP_PORT", "POSTGRES_PORT", "CACHE_PORT", "MAIL_PORT"],
            allocation.Ports.Select(p => p.Variable.Name)
        );
        Assert.Equal([7183, 5183, 5432, 6379, 8025], allocation.Ports.Select(p => p.Variable.Main));
        var ports = allocation.Ports();
        var env = allocation.Variables.ToDictionary();
        Assert.Equal($"localhost:{ports[3]}", env["ConnectionStrings__Cache"]);
        Assert.Equal(
            $"Host=localhost;Database=shop;Username=shop;Password=p$w;Port={ports[2]}",
            env["ConnectionStrings__Shop"]
        );
    }

    [Fact]
    public void The_imports_are_written_for_the_solution_and_its_projects()
    {
        using var repository = new InitRepository().WithWebSolution();

        repository.Apply();

        var import =
            $"  <Import Project=\"Sdk.targets\" Sdk=\"Worktree.Hooks\" Version=\"{RepositoryInit.Version}\" />\n";
        Assert.Contains(
            import,
            repository.Read("Directory.Build.targets"),
            StringComparison.Ordinal
        );
        Assert.Contains(
            import,
            repository.Read("Directory.Solution.targets"),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "<WorktreeRunEnvironment ",
            repository.Read("Directory.Build.targets"),
            StringComparison.Ordinal
        );
        Assert.Matches("^[0-9]+[.][0-9]+[.][0-9]+", RepositoryInit.Version);
    }

    [Fact]
    public void A_second_web_project_has_its_own_variables_in_both_files()
    {
        using var repository = new InitRepository().WithWebSolution();
        repository.Repository.Write(
            "src/Shop.Web/Shop.Web.csproj",
            "<Project Sdk=\"Microsoft.NET.Sdk.Web\" />"
        );
        repository.Repository.Write(
            "src/Shop.Web/Properties/launchSettings.json",
            """{ "profiles": { "x": { "commandName": "Project", "applicationUrl": "http://*:5290" } } }"""
        );

        repository.Apply();

        Assert.Contains(
            "\"SHOP_WEB_APP_PORT\": { \"main\": 5290,",
            repository.Read("worktree.json")
        );
        var targets = repository.Read("Directory.Build.targets");
        Assert.Contains("Condition=\"'$(MSBuildProjectName)' == 'Shop.Web'\"", targets);
        Assert.Contains(">SHOP_WEB_APP_PORT</WorktreeHttpPort>", targets);
        Assert.DoesNotContain("'Shop.Api'", targets, StringComparison.Ordinal);
    }

    [Fact]
    public void Running_it_again_changes_nothing()
    {
        using var repository = new InitRepository().WithWebSolution();
        repository.Apply();
        var before = repository.Everything();

        var again = repository.Apply();

        Assert.Empty(again.Changes);
        Assert.Equal(before, repository.Everything());
    }

    [Fact]
    public void Planning_writes_nothing()
    {
        using var repository = new InitRepository().WithWebSolution();
        var before = repository.Everything();

        Assert.NotEmpty(repository.Plan().Changes);

        Assert.Equal(before, repository.Everything());
    }

    [Fact]
    public void A_repository_without_projects_gets_no_MSBuild_files()
    {
        using var repository = new InitRepository();
        repository.Repository.Write(".env", "PORT=3000\nSMTP_PORT=587\nNAME=x\n");
        repository.Repository.Write("package.json", "{}");

        var plan = repository.Apply();

        Assert.Equal(
            ["worktree.json", ".config/worktree.schema.json"],
            plan.Changes.Select(c => c.Path)
        );
        var port = Assert.Single(WorktreeConfiguration.Load(repository.Root, mainRoot: null).Ports);
        Assert.Equal(new PortVariable("PORT", 3000, new PortRange(3001, 3099)), port);
    }

    [Fact]
    public void A_variable_with_the_number_of_another_follows_it()
    {
        using var repository = new InitRepository().WithWebSolution();
        repository.Repository.Write(".env", "PORT=5183\nCACHE_PORT=6380\n");

        repository.Apply();

        var configuration = WorktreeConfiguration.Load(repository.Root, mainRoot: null);
        Assert.Contains(configuration.Env, e => e is { Name: "PORT", Value: "${APP_PORT}" });
        Assert.Equal(6380, configuration.Ports.Single(p => p.Name == "CACHE_PORT").Main);
    }

    [Fact]
    public void A_value_of_env_that_leads_to_mains_port_is_told_and_not_written_down()
    {
        using var repository = new InitRepository();
        repository.Repository.Write(
            ".env",
            "POSTGRES_PORT=5432\nDATABASE_URL=postgres://me:secret@localhost:5432/app\n"
        );

        var plan = repository.Apply();

        var note = Assert.Single(plan.Survey.Notes);
        Assert.Contains("'DATABASE_URL'", note, StringComparison.Ordinal);
        Assert.Contains("${POSTGRES_PORT}", note, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", note, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", repository.Read("worktree.json"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_string_that_a_user_secret_overrides_stays_the_secrets()
    {
        using var repository = new InitRepository().WithWebSolution();
        var secrets = repository.Repository.Beside("home", ".microsoft", "usersecrets", "shop-api");
        Directory.CreateDirectory(secrets);
        File.WriteAllText(
            Path.Combine(secrets, "secrets.json"),
            "\uFEFF{ \"ConnectionStrings:Shop\": \"Host=localhost;Password=real\" }"
        );

        var plan = repository.Apply();

        Assert.DoesNotContain(
            "ConnectionStrings__Shop",
            repository.Read("worktree.json"),
            StringComparison.Ordinal
        );
        Assert.Contains(plan.Survey.Notes, n => n.Contains("'ConnectionStrings:Shop'"));
    }

    [Fact]
    public void Databases_are_found_where_git_does_not_track_them()
    {
        using var repository = new InitRepository();
        var header = "SQLite format 3\0rest";
        repository.Repository.Write("data/app.db", header);
        repository.Repository.Write("tests/fixture.db", header);
        repository.Repository.Write("node_modules/x/y.db", header);
        repository.Repository.Write("notes.db", "text");
        repository.Repository.Write("pg/PG_VERSION", "17");
        repository.Repository.Write("pg/global/pg_control", "");
        repository.Repository.Git("add", "tests");
        repository.Repository.AddWorktree("webserver/inner");
        File.WriteAllText(Path.Combine(repository.Root, "inner", "other.db"), header);

        repository.Apply();

        Assert.Equal(
            ["pg", "data/app.db"],
            WorktreeConfiguration
                .Load(repository.Root, mainRoot: null)
                .Databases.Select(d => d.Path)
        );
    }

    [Fact]
    public void Where_there_is_no_database_none_is_looked_for()
    {
        using var repository = new InitRepository();

        repository.Apply();

        Assert.Empty(WorktreeConfiguration.Load(repository.Root, mainRoot: null).Databases);
        Assert.Contains("\"databases\": []", repository.Read("worktree.json"));
    }

    [Fact]
    public void A_compose_file_elsewhere_is_named_and_its_folders_count_from_there()
    {
        using var repository = new InitRepository();
        repository.Repository.Write(
            "docker/docker-compose.yml",
            """
            x-base: &base
              volumes: ["../data/pg:/var/lib/postgresql/data"]
            services:
              main-db:
                <<: *base
                ports: ["15432:5432", "16000-16010:6000-6010"]
            """
        );

        repository.Apply();

        var configuration = WorktreeConfiguration.Load(repository.Root, mainRoot: null);
        Assert.Equal("docker/docker-compose.yml", configuration.Compose);
        Assert.Equal(["data/pg"], configuration.Databases.Select(d => d.Path));
        Assert.Equal(15432, Assert.Single(configuration.Ports).Main);
    }

    [Fact]
    public void A_worktree_json_that_is_there_stays_and_one_that_is_wrong_is_told()
    {
        using var repository = new InitRepository();
        repository.Repository.Write("worktree.json", "{}");
        Assert.Empty(repository.Plan().Changes);

        repository.Repository.Write("worktree.json", "{ \"prots\": {} }");
        var refused = Assert.Throws<WorktreeHooksException>(repository.Plan);

        Assert.Equal(ErrorCatalogue.UnknownKey, refused.Diagnostic.Definition);
    }

    [Theory]
    [InlineData("services: [unclosed")]
    [InlineData("- a list")]
    [InlineData("")]
    [InlineData("services:\n  db: nothing\n  web:\n    ports: 80\n")]
    public void A_compose_file_that_says_nothing_is_no_trouble(string content)
    {
        using var repository = new InitRepository();
        repository.Repository.Write("compose.yml", content);

        repository.Apply();

        Assert.Equal(
            PortVariable.Defaults,
            WorktreeConfiguration.Load(repository.Root, mainRoot: null).Ports
        );
    }

    [Fact]
    public void Broken_files_of_other_tools_are_no_trouble()
    {
        using var repository = new InitRepository().WithWebSolution();
        repository.Repository.Write("global.json", "{");
        repository.Repository.Write("src/Shop.Api/appsettings.json", "nonsense");
        repository.Repository.Write("src/Shop.Api/Properties/launchSettings.json", "[]");
        repository.Repository.Write(".env", "=\n= =\nexport\n");

        Assert.NotEmpty(repository.Apply().Changes);
    }

    [Fact]
    public void A_version_that_global_json_pins_is_not_written_twice()
    {
        using var repository = new InitRepository().WithWebSolution();
        repository.Repository.Write(
            "global.json",
            """{ "msbuild-sdks": { "Worktree.Hooks": "1.0.0" } }"""
        );

        repository.Apply();

        Assert.Contains(
            "Sdk=\"Worktree.Hooks\" />",
            repository.Read("Directory.Build.targets"),
            StringComparison.Ordinal
        );
    }
}
