namespace Worktree.Hooks.Engine.Tests;

/// <summary>Servers of PostgreSQL in containers, and others beside them, that go with the test.</summary>
internal sealed class PostgresContainers : IDisposable
{
    /// <summary>Where the image has its data directory.</summary>
    public const string DataFolder = "/var/lib/postgresql/data";

    private readonly List<string> containers = [];

    /// <summary>Starts a server and waits until it answers.</summary>
    /// <param name="data">A folder, which is made if need be, or the name of a volume.</param>
    /// <param name="options">Further options of <c>docker run</c>.</param>
    /// <returns>The container's id.</returns>
    public string StartServer(string data, params string[] options)
    {
        if (Path.IsPathRooted(data))
        {
            Directory.CreateDirectory(data); // the engine would make it as root's
        }
        var id = Run([
            "--stop-timeout=10", // Docker's own; Podman 4 would kill it at once
            "-v",
            $"{data}:{DataFolder}",
            "-e",
            "POSTGRES_USER=shop",
            "-e",
            "POSTGRES_PASSWORD=s3cret word",
            "-e",
            "POSTGRES_DB=shop",
            .. options,
            PrivateEngine.Postgres,
        ]);
        AwaitServer(id);
        return id;
    }

    /// <summary>Starts any container.</summary>
    public string Run(params string[] arguments)
    {
        var id = PrivateEngine.Docker(["run", "--detach", .. arguments]);
        containers.Add(id);
        return id;
    }

    /// <summary>Waits until a server answers.</summary>
    public static void AwaitServer(string id) =>
        PrivateEngine.Await(
            "the server answers",
            () =>
                PrivateEngine
                    .TryDocker("exec", id, "pg_isready", "--quiet", "--host=127.0.0.1")
                    .ExitCode == 0
        );

    /// <summary>Runs SQL by the <c>psql</c> of a container.</summary>
    public static string Sql(string container, string sql) =>
        PrivateEngine.Docker("exec", container, "psql", "-U", "shop", "-Atc", sql);

    public void Dispose()
    {
        if (containers.Count > 0)
        {
            PrivateEngine.TryDocker(["rm", "--force", "--volumes", .. containers]);
        }
    }
}
