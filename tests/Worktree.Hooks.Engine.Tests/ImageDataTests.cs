using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>Data of services that are images: databases in folders and volumes, whose they are, and when they go.</summary>
public sealed class ImageDataTests : IDisposable
{
    private const string Postgres = """{ "type": "postgres", "path": "postgres_data" }""";

    private readonly ImageRepository repository = new();

    public void Dispose() => repository.Dispose();

    [SkippableFact]
    public void Main_and_two_worktrees_each_serve_their_own_rows_and_a_repair_keeps_them()
    {
        PrivateEngine.Require();
        repository.Write(ImageRepository.Database, Postgres);
        repository.Start(repository.Root);
        ImageRepository.Sql("webserver-db", "CREATE TABLE t AS SELECT 'main' AS row");
        string[] names = ["one", "two"];
        foreach (var name in names)
        {
            var said = repository.Start(repository.Add(name));
            Assert.Contains(
                said,
                l => l.StartsWith("database postgres_data", StringComparison.Ordinal)
            );
            ImageRepository.Sql($"webserver_{name}-db", $"INSERT INTO t VALUES ('{name}')");
        }

        Assert.Equal(["main"], Rows("webserver-db"));
        Assert.Equal(["main", "one"], Rows("webserver_one-db"));
        Assert.Equal(["main", "two"], Rows("webserver_two-db"));

        PrivateEngine.Docker("kill", "webserver_one-db");
        Assert.Equal("stopped", repository.Status("one").GetProperty("state").GetString());
        repository
            .Commands(repository.Beside("one"))
            .Start(new Setup.StackOptions(KeepDatabase: true), CancellationToken.None);
        Assert.Equal(["main", "one"], Rows("webserver_one-db"));

        // A stop leaves the data; the start after it brings main's latest state.
        ImageRepository.Sql("webserver-db", "INSERT INTO t VALUES ('later')");
        repository.Stop(repository.Beside("two"));
        repository.Start(repository.Beside("two"));
        Assert.Equal(["later", "main"], Rows("webserver_two-db"));
    }

    [SkippableFact]
    public void A_database_directory_that_another_container_has_mounted_is_refused()
    {
        PrivateEngine.Require();
        repository.Write(ImageRepository.Database, Postgres);
        Directory.CreateDirectory(Path.Combine(repository.Root, "postgres_data"));
        var stranger = PrivateEngine.Docker(
            "run",
            "-d",
            "--init",
            "--name",
            "second",
            "-v",
            $"{repository.Root}/postgres_data:/x",
            "busybox",
            "sleep",
            "1000"
        );

        var refused = repository.Refused(repository.Root);

        Assert.Equal(ErrorCatalogue.DataDirectoryMounted, refused.Definition);
        Assert.Contains("'second'", refused.Message, StringComparison.Ordinal);
        PrivateEngine.Docker("rm", "-f", stranger);
        repository.Start(repository.Root);
    }

    [SkippableFact]
    public void Folders_are_made_as_the_user_and_what_is_only_read_must_be_there()
    {
        PrivateEngine.RequireRoot();
        Skip.IfNot(File.Exists("/usr/bin/setpriv"), "needs setpriv to be another user");
        repository.Write(ImageRepository.Database, Postgres);
        PrivateEngine.LetEverybodyIn();
        Run("chown", "-R", "65534:65534", repository.Outside);

        var started = ChildProcess.Run(
            repository.Environment,
            repository.Root,
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            RunnerProgram.Path,
            "start"
        );

        Assert.True(started.ExitCode == 0, started.ErrorOutput);
        Assert.Equal(
            "65534 700",
            Run("stat", "-c", "%u %a", Path.Combine(repository.Root, "postgres_data"))
        );
        Assert.Equal(
            "65534",
            Run("stat", "-c", "%u", Path.Combine(repository.Root, "postgres_data", "PG_VERSION"))
        );
    }

    [SkippableFact]
    public void What_is_only_read_must_be_there_and_nothing_starts_without_it()
    {
        PrivateEngine.Require();
        repository.Write(
            """
            "web": { "image": "busybox", "command": ["sleep", "1000"], "volumes": ["./conf/site.conf:/site.conf:ro", "./files:/files"] }
            """
        );

        Assert.Equal(
            ErrorCatalogue.MountSourceMissing,
            repository.Refused(repository.Root).Definition
        );
        Directory.CreateDirectory(Path.Combine(repository.Root, "conf"));
        File.WriteAllText(Path.Combine(repository.Root, "conf", "site.conf"), "of main");
        repository.Start(repository.Root);
        Assert.Equal("of main", PrivateEngine.Docker("exec", "webserver-web", "cat", "/site.conf"));
        PrivateEngine.Docker("exec", "webserver-web", "touch", "/files/made");
        Assert.True(File.Exists(Path.Combine(repository.Root, "files", "made")));
    }

    [SkippableFact]
    public void A_variable_that_leads_outside_the_worktree_is_only_read()
    {
        PrivateEngine.Require();
        repository.Write(
            """
            "web": { "image": "busybox", "command": ["sleep", "1000"], "volumes": ["${HOME}/shared:/shared"] }
            """
        );

        var refused = repository.Refused(repository.Root);

        Assert.Equal(ErrorCatalogue.InvalidValue, refused.Definition);
        Assert.Contains("append ':ro'", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Named_volumes_are_of_each_worktree_outlive_a_stop_and_go_with_the_worktree()
    {
        PrivateEngine.Require();
        repository.Write(
            """
            "box": { "image": "busybox", "command": ["sleep", "1000"], "volumes": ["data:/data"] }
            """
        );
        var one = repository.Add("one");
        var two = repository.Add("two");
        foreach (var (root, name) in new[] { (one, "one"), (two, "two") })
        {
            repository.Start(root);
            PrivateEngine.Docker("exec", $"webserver_{name}-box", "touch", $"/data/{name}");
        }
        repository.Stop(one);
        repository.Start(one);
        Assert.Equal("one", PrivateEngine.Docker("exec", "webserver_one-box", "ls", "/data"));
        Assert.Equal(["webserver_one_data"], ImageRepository.Volumes(one));

        var removed = repository.Worktree(repository.Root, "remove", "one");
        Assert.True(removed.ExitCode == 0, removed.ErrorOutput);
        Assert.Contains("with 1 containers, 1 networks and 1 volumes", removed.Output);

        // As one that git removed, and nobody told us.
        repository.Git("worktree", "remove", "--force", two);
        var allocated = repository.Worktree(repository.Root, "allocate");
        Assert.Contains("stopped the containers webserver_two-box", allocated.ErrorOutput);
        var pruned = repository.Worktree(repository.Root, "prune");
        Assert.Contains("removed 1 containers, 1 networks and 1 volumes of 'two'", pruned.Output);
        foreach (var name in new[] { "webserver_one_data", "webserver_two_data" })
        {
            Assert.Equal(
                "",
                PrivateEngine.Docker("volume", "ls", "-q", "--filter", $"name={name}")
            );
        }
    }

    [SkippableFact]
    public void What_an_image_keeps_outside_its_container_outlives_a_stop_and_a_change()
    {
        PrivateEngine.Require();
        const string service = """
            "cache": { "image": "redis", "command": ["sleep", "1000"], "env": { "LEVEL": 1 } }
            """;
        repository.Write(service);
        var root = repository.Add("one");
        repository.Start(root);
        PrivateEngine.Docker("exec", "webserver_one-cache", "touch", "/data/first");

        repository.Stop(root);
        repository.Start(root);
        PrivateEngine.Docker("exec", "webserver_one-cache", "touch", "/data/second");
        File.WriteAllText(
            Path.Combine(root, "worktree.json"),
            File.ReadAllText(Path.Combine(root, "worktree.json"))
                .Replace("1 }", "2 }", StringComparison.Ordinal)
        );
        repository.Start(root);

        Assert.Contains("LEVEL=2", PrivateEngine.Docker("exec", "webserver_one-cache", "env"));
        Assert.Equal(
            ["first", "second"],
            PrivateEngine.Docker("exec", "webserver_one-cache", "ls", "/data").Split('\n')
        );
        Assert.Equal(["webserver_one_cache-data"], ImageRepository.Volumes(root));
        var removed = repository.Worktree(repository.Root, "remove", "one", "--force");
        Assert.True(removed.ExitCode == 0, removed.ErrorOutput);
        Assert.Contains("1 volumes", removed.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Containers_go_when_the_services_become_processes()
    {
        PrivateEngine.Require();
        repository.Write(
            """
            "box": { "image": "busybox", "command": ["sleep", "1000"] }
            """
        );
        repository.Start(repository.Root);

        repository.Write(
            """
            "box": { "command": ["sleep", "1000"] }
            """
        );
        var said = repository.Start(repository.Root);

        Assert.Contains(said, l => l.StartsWith("box is no service", StringComparison.Ordinal));
        Assert.Empty(ImageRepository.Containers(repository.Root));
        Assert.Equal("running", repository.Status("main").GetProperty("state").GetString());
        repository.Stop(repository.Root);
    }

    [SkippableFact]
    public void Processes_and_containers_depend_on_each_other_and_find_each_other()
    {
        PrivateEngine.RequireRootful("containers do not reach this machine");
        repository.Write(
            ImageRepository.Web
                + """
                , "app": {
                    "command": "mkdir -p files && echo from the process > files/index.html && exec python3 -m http.server ${POSTGRES_PORT} --bind 0.0.0.0 --directory files",
                    "dependsOn": ["web"], "ports": ["POSTGRES_PORT"], "ready": { "tcp": "${POSTGRES_PORT}" }
                },
                "last": { "image": "busybox", "command": ["sleep", "1000"], "dependsOn": ["asks"] },
                "asks": {
                    "image": "busybox", "dependsOn": ["app", "web"], "ready": { "exit": 0 }, "env": { "PORT": "${POSTGRES_PORT}" },
                    "command": "ask() { printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc $1 $2 | tail -n 1; }; test \"$(ask web 80) $(ask host.docker.internal $PORT)\" = 'main from the process'"
                }
                """
        );

        var said = repository.Start(repository.Root);

        Assert.Contains("asks is done", said);
        Assert.Equal("running", repository.Status("main").GetProperty("state").GetString());
        repository.Stop(repository.Root);
        Assert.Empty(ImageRepository.Containers(repository.Root));
        Assert.Contains("stopped app", repository.Narrator.Lines);
    }

    [SkippableFact]
    public void What_worktree_json_says_differently_is_made_anew_and_the_rest_runs_on()
    {
        PrivateEngine.Require();
        const string services = """
            "a": { "image": "busybox", "command": ["sleep", "1000"] },
            "b": { "image": "busybox", "command": ["sleep", "1000"], "env": { "LEVEL": 1 } },
            "gone": { "image": "busybox", "command": ["sleep", "1000"] }
            """;
        repository.Write(services);
        repository.Start(repository.Root);
        var a = PrivateEngine.Docker("inspect", "-f", "{{.Id}}", "webserver-a");

        repository.Write(
            services
                .Replace("1 }", "2 }", StringComparison.Ordinal)
                .Replace("gone", "new", StringComparison.Ordinal)
        );
        repository.Start(repository.Root);

        Assert.Equal(a, PrivateEngine.Docker("inspect", "-f", "{{.Id}}", "webserver-a"));
        Assert.Contains("LEVEL=2", PrivateEngine.Docker("exec", "webserver-b", "env"));
        Assert.Equal(
            ["webserver-a", "webserver-b", "webserver-new"],
            ImageRepository.Containers(repository.Root).Order(StringComparer.Ordinal)
        );
    }

    [SkippableFact]
    public void A_service_that_is_made_anew_may_end_by_itself_before()
    {
        PrivateEngine.Require();
        const string service = """
            "a": { "image": "busybox", "volumes": ["./files:/files"], "env": { "LEVEL": 1 },
                   "command": "trap 'echo closed >> /files/state; exit 0' TERM; echo open >> /files/state; while true; do sleep 0.1; done" }
            """;
        repository.Write(service);
        repository.Start(repository.Root);
        var state = Path.Combine(repository.Root, "files", "state");
        PrivateEngine.Await("it hears signals", () => File.Exists(state));

        repository.Write(service.Replace("1 }", "2 }", StringComparison.Ordinal));
        repository.Start(repository.Root);

        PrivateEngine.Await("it is there again", () => File.ReadAllLines(state).Length > 2);
        Assert.Equal(["open", "closed", "open"], File.ReadAllLines(state));
    }

    [SkippableTheory]
    [InlineData("""  "tcp": "${APP_PORT}" """)]
    [InlineData("""  "log": "^now$" """)]
    [InlineData("""  "timeout": 30 }, "health": "test -e /w/index.html" """)]
    public void A_container_is_ready_when_its_check_says_so(string check)
    {
        PrivateEngine.Require();
        var closing = check.Contains("health", StringComparison.Ordinal) ? "" : " }";
        repository.Write(
            $$"""
            "web": {
              "image": "busybox", "ports": { "APP_PORT": 80 }, "ready": { {{check}}{{closing}},
              "command": "sleep 1; mkdir -p /w; echo now; busybox httpd -p 80 -h /w; echo slow > /w/index.html; exec sleep 1000"
            }
            """
        );
        var watch = System.Diagnostics.Stopwatch.StartNew();

        repository.Start(repository.Root);

        Assert.True(watch.Elapsed > TimeSpan.FromSeconds(1));
        PrivateEngine.Await("it serves", () => ImageRepository.Get(47201) == "slow");
    }

    [SkippableFact]
    public void A_remote_engine_refuses_folders_of_this_machine_and_takes_named_volumes()
    {
        PrivateEngine.RequireAddress();
        repository.Write(
            ImageRepository.Web.Replace(
                "\"ready\":",
                "\"volumes\": [\"./files:/files\"], \"ready\":",
                StringComparison.Ordinal
            )
        );
        var here = repository.Environment;
        var host = new Uri(PrivateEngine.Address!).Host;
        repository.Environment = repository.Environment.With("DOCKER_HOST", PrivateEngine.Address!);

        var refused = repository.Refused(repository.Root);

        Assert.Equal(ErrorCatalogue.RemoteBindMount, refused.Definition);
        Assert.Contains($"'{host}'", refused.Message, StringComparison.Ordinal);

        repository.Write(
            ImageRepository.Web.Replace(
                "\"ready\":",
                "\"volumes\": [\"files:/files\"], \"ready\":",
                StringComparison.Ordinal
            )
        );
        Assert.Contains(
            $"the ports of containers are those of '{host}'",
            repository.Start(repository.Root)
        );
        Assert.Equal(["webserver_files"], ImageRepository.Volumes(repository.Root));
        Assert.Equal("main", ImageRepository.Get(47201));

        var linked = repository.Add("one");
        var port = repository.Port(linked, "APP_PORT");
        PrivateEngine.Docker([
            "run",
            "-d",
            "--init",
            "--name",
            "there",
            "-p",
            $"{port}:80",
            "busybox",
            "sleep",
            "1000",
        ]);
        repository.Start(linked);
        Assert.Equal("one", ImageRepository.Get(repository.Port(linked, "APP_PORT")));
        Assert.Contains(
            repository.Narrator.Warnings,
            w => w.Message.Contains("container 'there'", StringComparison.Ordinal)
        );
        repository.Environment = here;
    }

    [SkippableFact]
    public void Somebody_elses_container_and_network_of_the_same_names_are_left_alone()
    {
        PrivateEngine.Require();
        repository.Write(ImageRepository.Web);
        PrivateEngine.Docker("network", "create", "webserver");
        PrivateEngine.Docker("create", "--name", "webserver-web", "busybox");

        repository.Start(repository.Root);

        Assert.Equal("main", ImageRepository.Get(47201));
        Assert.StartsWith(
            "webserver-web-",
            Assert.Single(ImageRepository.Containers(repository.Root)),
            StringComparison.Ordinal
        );
        repository.Stop(repository.Root);
        Assert.Equal("webserver-web", PrivateEngine.Docker("ps", "-a", "--format", "{{.Names}}"));
        Assert.Equal(
            "webserver",
            PrivateEngine.Docker("network", "ls", "--format", "{{.Name}}", "-f", "name=webserver")
        );
    }

    [SkippableFact]
    public void A_database_in_a_named_volume_is_copied_for_a_worktree()
    {
        PrivateEngine.Require();
        repository.Write(
            ImageRepository.Database.Replace("./postgres_data:", "rows:", StringComparison.Ordinal),
            """{ "type": "postgres", "volume": "rows" }"""
        );
        repository.Start(repository.Root);
        ImageRepository.Sql("webserver-db", "CREATE TABLE t AS SELECT 'main' AS row");
        repository.Start(repository.Add("one"));
        ImageRepository.Sql("webserver_one-db", "INSERT INTO t VALUES ('one')");

        Assert.Equal(["main"], Rows("webserver-db"));
        Assert.Equal(["main", "one"], Rows("webserver_one-db"));
        Assert.Equal(["webserver_one_rows"], ImageRepository.Volumes(repository.Beside("one")));
    }

    [SkippableFact]
    public void A_health_check_of_PostgreSQL_is_not_taken_in_by_the_server_that_fills_the_cluster()
    {
        PrivateEngine.Require();
        repository.Write(
            ImageRepository.Database.Replace(
                "\"ready\": { \"pg_isready\": \"${POSTGRES_PORT}\" }",
                "\"health\": \"pg_isready\"",
                StringComparison.Ordinal
            )
        );
        repository.Start(repository.Root);

        Assert.Equal("1", ImageRepository.Sql("webserver-db", "SELECT 1"));
    }

    private static string[] Rows(string container) =>
        ImageRepository.Sql(container, "SELECT row FROM t ORDER BY row").Split('\n');

    private string Run(string program, params string[] arguments)
    {
        var answer = ChildProcess.Run(
            repository.Environment,
            Path.GetTempPath(),
            program,
            arguments
        );
        Assert.True(answer.ExitCode == 0, answer.ErrorOutput);
        return answer.Output.TrimEnd();
    }
}
