using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>When a compose service is taken for ready, asked of the service itself as soon as a start has returned.</summary>
public sealed class ComposeReadinessTests
{
    [SkippableFact]
    public void A_postgres_without_a_health_check_answers_queries_when_the_start_returns()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            """
            services:
              db:
                image: postgres:15
                environment: { POSTGRES_PASSWORD: secret }
                volumes: ["rows:/var/lib/postgresql/data"]
              backup: # the same image, and no server
                image: postgres:15
                command: [sleep, "1000"]
                init: true
            volumes: { rows: }

            """
        );
        stack.Start(stack.Root);

        var db = Assert.Single(EngineStack.Ids("webserver", "db"));
        Assert.Equal(
            "1",
            PrivateEngine.Docker(
                "exec",
                "--env",
                "PGPASSWORD=secret",
                db,
                "psql",
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "-Atc",
                "select 1"
            )
        );
    }

    [SkippableFact]
    public void A_web_port_answers_when_the_start_returns()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            """
            services:
              web:
                image: busybox
                command: sh -c "sleep 2; mkdir -p /w; echo hello > /w/index.html; exec busybox httpd -f -p 80 -h /w"
                init: true
                ports: ["${APP_PORT}:80"]

            """
        );
        stack.Start(stack.Root);

        Assert.Equal("hello", stack.Answer(EngineStack.MainPort));
    }

    [SkippableFact]
    public void A_proxy_whose_server_is_not_there_yet_is_waited_for()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            """
            services:
              web:
                image: busybox
                command:
                  - sh
                  - -c
                  - |
                    mkdir -p /w/cgi-bin
                    { echo '#!/bin/sh'; echo '[ -e /up ] || echo Status: 502 Bad Gateway'; echo echo; echo echo hello; } > /w/cgi-bin/index.cgi
                    chmod +x /w/cgi-bin/index.cgi
                    (sleep 2; touch /up) &
                    exec busybox httpd -f -p 80 -h /w
                init: true
                ports: ["${APP_PORT}:80"]

            """
        );
        stack.Start(stack.Root);

        Assert.Equal("hello", stack.Answer(EngineStack.MainPort));
    }

    [SkippableFact]
    public void A_health_check_is_run_at_once_and_not_only_at_its_interval()
    {
        PrivateEngine.Require();
        // With the engine's own checks alone this would take twenty minutes.
        using var stack = new EngineStack(
            """
            services:
              db:
                image: busybox
                command: sh -c "sleep 1; touch /up; sleep 1000"
                init: true
                healthcheck: { test: [CMD, test, -e, /up], interval: 10m }
              web:
                image: busybox
                command: sleep 1000
                init: true
                healthcheck: { test: "echo fine", interval: 10m }
                depends_on: { db: { condition: service_healthy } }

            """
        );
        stack.Start(stack.Root);

        string[] steps = ["starting db", "db is ready", "starting web", "web is ready"];
        Assert.Equal(steps, stack.Narrator.Lines.Where(steps.Contains));
        stack.Start(stack.Root);
        Assert.Contains("the stack runs already; nothing was changed", stack.Narrator.Lines);
    }

    [SkippableFact]
    public void A_health_check_that_hangs_does_not_keep_others_from_getting_ready()
    {
        PrivateEngine.RequireDocker("a health check that hangs is never ended");
        using var stack = new EngineStack(
            """
            services:
              db:
                image: busybox
                command: sleep 1000
                init: true
                healthcheck: { test: "[ -e /second ] || { touch /second; sleep 1000; }", interval: 1s, timeout: 1s }
              web: { image: busybox, command: sleep 1000, init: true }

            """
        );
        stack.Start(stack.Root);

        Assert.Contains("web is ready", stack.Narrator.Lines);
        Assert.Contains("db is ready", stack.Narrator.Lines);
    }

    [SkippableFact]
    public void Of_an_image_that_starts_two_servers_only_the_engines_own_checks_count()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            """
            services:
              db:
                image: busybox
                command: sleep 1000
                init: true
                environment: { MYSQL_VERSION: "8" }
                healthcheck: { test: "true", interval: 60s }

            """,
            """ "composeTimeout": 2 """
        );

        var error = stack.Refused(ErrorCatalogue.ServiceNotReady);

        Assert.Contains("'db'", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_secret_that_is_a_text_is_in_the_container_and_all_replicas_start()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            """
            services:
              web:
                image: busybox
                command: sleep 1000
                init: true
                secrets: [word]
                scale: 2
              none: { image: busybox, scale: 0 }
            secrets: { word: { environment: APP_PORT } }

            """
        );
        stack.Start(stack.Root);

        var web = EngineStack.Ids("webserver", "web");
        Assert.Equal(2, web.Length);
        foreach (var id in web)
        {
            Assert.Equal(
                $"{EngineStack.MainPort}",
                PrivateEngine.Docker("exec", id, "cat", "/run/secrets/word")
            );
        }
    }
}
