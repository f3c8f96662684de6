using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Database;

[CollectionDefinition(Name)]
public sealed class PostgresTests : ICollectionFixture<PostgresServer>
{
    public const string Name = "PostgreSQL";
}

/// <summary>
/// A real PostgreSQL. It refuses to run as root, so root runs it as the user nobody or postgres. The cluster is made
/// once and copied for each test.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    private const int DefaultPort = 5432;

    private readonly TemporaryFolder folder = new();
    private readonly HostEnvironment environment = HostEnvironment.Capture();
    private readonly Lazy<string> template;
    private readonly string? programs;

    public PostgresServer()
        : this(Programs) { }

    /// <summary>A server of another version.</summary>
    /// <param name="programs">The folder with its initdb and pg_ctl.</param>
    internal PostgresServer(string? programs)
    {
        this.programs = programs;
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        Sockets = folder.At("s");
        Directory.CreateDirectory(Sockets);
        File.SetUnixFileMode(Sockets, (UnixFileMode)0b111_111_111);
        template = new Lazy<string>(MakeTemplate);
    }

    /// <summary>The folder with initdb and pg_ctl; null where there is no PostgreSQL.</summary>
    public static string? Programs { get; } =
        Directory.Exists("/usr/lib/postgresql")
            ? Directory
                .GetDirectories("/usr/lib/postgresql")
                .Select(d => Path.Combine(d, "bin"))
                .LastOrDefault(d => File.Exists(Path.Combine(d, "initdb")))
            : null;

    public string Sockets { get; }

    /// <summary>What its servers logged.</summary>
    public string Log => Path.Combine(Sockets, "log");

    /// <summary>Makes a stopped cluster with a table of three rows.</summary>
    public void MakeCluster(string path) => Plain("cp", "-a", template.Value, path);

    public void Start(string path, int port = DefaultPort, string options = "") =>
        Run(
            "pg_ctl",
            "-D",
            path,
            "-w",
            "-l",
            Log,
            "-o",
            $"-c listen_addresses='' -c unix_socket_directories='{Sockets}' -c fsync=off -p {port} {options}",
            "start"
        );

    public void Stop(string path, string mode = "fast") =>
        Run("pg_ctl", "-D", path, "-w", "-m", mode, "stop");

    public void Reload(string path) => Run("pg_ctl", "-D", path, "reload");

    public string Sql(string sql, int port = DefaultPort) =>
        Run(
            "psql",
            "-X",
            "-h",
            Sockets,
            "-p",
            $"{port}",
            "-U",
            "postgres",
            "-d",
            "postgres",
            "-Atc",
            sql
        );

    /// <summary>Runs a client program of PostgreSQL against main's server, or the one whose port is named.</summary>
    public string Tool(string program, params string[] arguments) =>
        Run(program, ["-h", Sockets, "-U", "postgres", .. arguments]);

    /// <summary>Runs a program of PostgreSQL.</summary>
    public string Program(string program, params string[] arguments) => Run(program, arguments);

    /// <summary>Starts the server on a directory, asks, and stops it.</summary>
    public string Ask(string path, string sql, int port = DefaultPort)
    {
        Start(path, port);
        try
        {
            return Sql(sql, port);
        }
        finally
        {
            Stop(path);
        }
    }

    public string AsUser(params string[] command) =>
        Libc.GetEffectiveUserId() == 0
            ? Plain(
                "setpriv",
                ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", .. command]
            )
            : Plain(command[0], command[1..]);

    public void Dispose() => folder.Dispose();

    private string MakeTemplate()
    {
        var path = folder.At("template");
        Directory.CreateDirectory(path);
        if (Libc.GetEffectiveUserId() == 0)
        {
            Plain("chown", "postgres:postgres", path);
        }
        Run("initdb", "-D", path, "-U", "postgres", "-A", "trust", "-N", "--locale=C");
        Start(path);
        Sql("CREATE TABLE t AS SELECT generate_series(1, 3) AS x");
        Stop(path);
        return path;
    }

    private string Run(string program, params string[] arguments) =>
        AsUser([Path.Combine(programs!, program), .. arguments]);

    private string Plain(string program, params string[] arguments)
    {
        var result = ChildProcess.Run(environment, folder.Path, program, arguments);
        Assert.True(
            result.ExitCode == 0,
            $"{program} {string.Join(' ', arguments)}: {result.Output}{result.ErrorOutput}"
        );
        return result.Output.TrimEnd();
    }
}
