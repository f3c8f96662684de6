using System.Text;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Configuration;

/// <summary>What worktree.json may say, and what is meant where it says nothing.</summary>
public class GoodInputTests
{
    [Fact]
    public void Without_a_file_there_are_three_ports_and_one_database()
    {
        using var folder = new TemporaryFolder();

        var configuration = WorktreeConfiguration.Load(folder.Path, mainRoot: null);

        Assert.Null(configuration.File);
        Assert.Equal(
            "HTTPS_PORT 443 4431-4529, APP_PORT 5001 5002-5100, POSTGRES_PORT 5432 5433-5531",
            string.Join(", ", configuration.Ports.Select(p => $"{p.Name} {p.Main} {p.Range}"))
        );
        Assert.Equal("postgres_data", Assert.Single(configuration.Databases).Path);
        Assert.Empty(configuration.Services);
    }

    [Fact]
    public void An_empty_object_says_nothing()
    {
        var configuration = Read("{}");

        Assert.Equal(PortVariable.Defaults, configuration.Ports);
        Assert.Equal(DatabaseConfiguration.Defaults, configuration.Databases);
    }

    [Fact]
    public void A_byte_order_mark_comments_trailing_commas_and_crlf_are_allowed()
    {
        var configuration = Read(
            "\uFEFF// ours\r\n{ /* a */ \"$schema\": \"x\",\r\n \"project\": \"shop\", // b\r\n \"env\": { \"A\": \"1\", }, }\r\n// end\r\n"
        );

        Assert.Equal("shop", configuration.Project);
        Assert.Equal("A", Assert.Single(configuration.Env).Name);
    }

    [Fact]
    public void The_worktrees_own_file_comes_before_mains()
    {
        using var folder = new TemporaryFolder();
        var (own, main) = (folder.At("own"), folder.At("main"));
        Directory.CreateDirectory(own);
        Directory.CreateDirectory(main);
        File.WriteAllText(Path.Combine(main, "worktree.json"), "{ \"project\": \"of-main\" }");

        Assert.Equal("of-main", WorktreeConfiguration.Load(own, main).Project);

        File.WriteAllText(Path.Combine(own, "worktree.json"), "{ \"project\": \"own\" }");

        Assert.Equal("own", WorktreeConfiguration.Load(own, main).Project);
    }

    [Fact]
    public void A_default_variable_may_say_only_what_differs()
    {
        var variable = Assert.Single(
            Read("{ \"ports\": { \"APP_PORT\": { \"main\": 8080 } } }").Ports
        );

        Assert.Equal(new PortVariable("APP_PORT", 8080, new PortRange(5002, 5100)), variable);
    }

    [Fact]
    public void A_range_may_have_one_port_or_thousands()
    {
        var ports = Read(
            """
            { "ports": {
              "A_PORT": { "main": 65535, "range": "1-1" },
              "B_PORT": { "main": 9999, "range": " 10000 - 29999 " }
            } }
            """
        ).Ports;

        Assert.Equal([1, 20000], ports.Select(p => p.Range.Count));
    }

    [Fact]
    public void A_database_path_is_kept_without_its_dots()
    {
        var database = Assert.Single(
            Read(
                "{ \"databases\": [{ \"type\": \"sqlite\", \"path\": \"./data//app.db\", \"onStart\": \"keep\", \"previous\": false }] }"
            ).Databases
        );

        Assert.Equal(Path.Combine("data", "app.db"), database.Path);
        Assert.Equal(DatabaseType.Sqlite, database.Type);
        Assert.False(database.SyncOnStart);
        Assert.False(database.KeepPrevious);
        Assert.Empty(Read("{ \"databases\": [] }").Databases);
    }

    [Fact]
    public void A_database_may_lie_in_a_named_volume()
    {
        var database = Assert.Single(
            Read(
                "{ \"databases\": [{ \"type\": \"postgres\", \"volume\": \"db-data\" }] }"
            ).Databases
        );

        Assert.Equal("db-data", database.Volume);
        Assert.Equal("volume:db-data", database.Path);
        Assert.Empty(DatabasePlace.Ignorable(database));
    }

    [Fact]
    public void A_service_has_all_that_it_says()
    {
        var services = Read(
            """
            { "services": {
              "migrate": { "command": ["dotnet", "run"], "ready": { "exit": 0, "timeout": 0.5 } }
            } }
            """
        ).Services;
        var app = Read(
            """
            { "services": {
              "db": { "command": "run-db", "ready": { "pg_isready": "${POSTGRES_PORT}" } },
              "app": {
                "command": "run-app", "workingDirectory": ".", "dependsOn": ["db"], "ports": ["APP_PORT"],
                "env": { "VERBOSE": true, "LEVEL": 3 }, "ready": { "http": "${URL}/health" }, "stopTimeout": 2.5
              }
            } }
            """
        ).Services[1];

        Assert.Equal("dotnet run", string.Join(' ', services[0].Command));
        Assert.Equal(
            new ReadyCheck(ReadyKind.Exit, "0", TimeSpan.FromSeconds(0.5)),
            services[0].Ready
        );
        Assert.Equal("run-app", app.Command[^1]);
        Assert.Equal("", app.WorkingDirectory);
        Assert.Equal("true 3", string.Join(' ', app.Env.Select(e => e.Value)));
        Assert.Equal(
            new ReadyCheck(ReadyKind.Http, "${URL}/health", TimeSpan.FromMinutes(1)),
            app.Ready
        );
        Assert.Equal(TimeSpan.FromSeconds(2.5), app.StopTimeout);
    }

    [Fact]
    public void A_container_has_all_that_it_says()
    {
        var db = Read(
            """
            { "services": { "db": {
              "image": "postgres:15", "command": ["postgres", "-c", "fsync=off"], "user": "me", "init": false,
              "ports": { "POSTGRES_PORT": 5432 }, "health": "pg_isready",
              "volumes": ["./postgres_data//x:/data", "logs:/logs:rw", "/etc/ssl:/ssl:ro", "${WORKTREE_CERTIFICATE}:/c:ro", ".:/src:ro"]
            } } }
            """
        ).Services[0];
        var container = db.Container!;

        Assert.Equal("postgres -c fsync=off", string.Join(' ', db.Command));
        Assert.Equal(["POSTGRES_PORT"], db.Ports);
        Assert.Equal(5432, container.Ports["POSTGRES_PORT"]);
        Assert.Equal(
            "postgres:15 me pg_isready",
            $"{container.Image} {container.User} {container.Health}"
        );
        Assert.False(container.Init);
        Assert.Equal(
            [
                $"{Path.Combine("postgres_data", "x")}>/data rw",
                "volume logs>/logs rw",
                "/etc/ssl>/ssl ro",
                "${WORKTREE_CERTIFICATE}>/c ro",
                ">/src ro",
            ],
            container.Volumes.Select(v =>
                $"{(v.IsNamed ? "volume " : "")}{v.Source}>{v.Target} {(v.IsWritable ? "rw" : "ro")}"
            )
        );
    }

    [Fact]
    public void A_container_needs_nothing_but_its_image()
    {
        var service = Read("""{ "services": { "cache": { "image": "redis" } } }""").Services[0];

        Assert.Empty(service.Command);
        Assert.Empty(service.Ports);
        Assert.True(service.Container!.Init);
        Assert.Null(service.Container.User);
        Assert.Null(service.Container.Health);
    }

    [Fact]
    public void A_name_that_ends_in_a_line_break_is_no_variable()
    {
        var refusal = Assert.Throws<WorktreeHooksException>(() =>
            Read("{ \"env\": { \"A\\n\": 1 } }")
        );

        Assert.Equal(ErrorCatalogue.InvalidValue, refusal.Diagnostic.Definition);
    }

    private static WorktreeConfiguration Read(string content) =>
        ConfigurationReader.Read("worktree.json", Encoding.UTF8.GetBytes(content));
}
