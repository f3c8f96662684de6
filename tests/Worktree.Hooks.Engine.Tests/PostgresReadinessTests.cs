namespace Worktree.Hooks.Engine.Tests;

/// <summary>When a PostgreSQL in a container is ready: when it takes connections over the network, whoever makes them.</summary>
public sealed class PostgresReadinessTests : IDisposable
{
    private readonly ImageRepository repository = new();

    public void Dispose() => repository.Dispose();

    [SkippableFact]
    public void A_server_that_refuses_the_password_of_its_environment_is_ready()
    {
        PrivateEngine.Require();
        repository.Write(ImageRepository.Database);
        repository.Start(repository.Root);
        repository.Stop(repository.Root);
        // The cluster was made with the former one, which the image never changes.
        File.WriteAllText(Path.Combine(repository.Root, ".env"), "SECRET=another\n");

        Assert.Contains("db is ready", repository.Start(repository.Root));

        var log = repository.Worktree(repository.Root, "logs", "db").Output;
        Assert.Contains("password authentication failed", log, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void One_that_fills_its_cluster_is_not_ready_and_then_has_what_was_filled_in()
    {
        PrivateEngine.Require();
        repository.Write(
            ImageRepository.Database.Replace(
                "\"volumes\": [",
                "\"volumes\": [\"./files:/docker-entrypoint-initdb.d:ro\", ",
                StringComparison.Ordinal
            )
        );
        var folder = Directory.CreateDirectory(Path.Combine(repository.Root, "files")).FullName;
        File.WriteAllText(
            Path.Combine(folder, "fill.sql"),
            "SELECT pg_sleep(2); CREATE TABLE filled AS SELECT 7 AS n;"
        );

        repository.Start(repository.Root);

        Assert.Equal(
            "7",
            ImageRepository
                .Sql(ImageRepository.Containers(repository.Root)[0], "SELECT n FROM filled")
                .Trim()
        );
    }

    [SkippableFact]
    public void One_on_a_port_and_an_address_of_its_own_is_asked_there()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(
            """
            services:
              db:
                image: postgres
                environment: { POSTGRES_PASSWORD: secret, PGPORT: 5433 }
                ports: ["127.0.0.2:47555:5433"]

            """
        );

        stack.Start(stack.Root);

        Assert.Contains("db is ready", stack.Narrator.Lines);
    }
}
