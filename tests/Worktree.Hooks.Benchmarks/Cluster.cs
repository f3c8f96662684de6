using System.Globalization;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Benchmarks;

/// <summary>A PostgreSQL cluster of the benchmark's own. Its server refuses root, so root runs it as the user postgres.</summary>
internal sealed class Cluster(HostEnvironment environment, string path, int port)
{
    private const string Programs = "/usr/lib/postgresql";
    private readonly string sockets = Path.Combine(Path.GetTempPath(), "wth-bench-sockets");

    /// <summary>The data directory.</summary>
    public string DataDirectory => path;

    /// <summary>A cluster elsewhere, such as a copy of this one.</summary>
    public Cluster At(string otherPath, int otherPort) => new(environment, otherPath, otherPort);

    /// <summary>Makes it, with pgbench's tables; leaves it stopped.</summary>
    public void Make(int scale)
    {
        Directory.CreateDirectory(sockets);
        Sh(
            $"chmod 777 '{sockets}'; mkdir -p '{path}'; chown postgres '{path}'; chmod 700 '{path}'"
        );
        Run("initdb", "-D", path, "-U", "postgres", "-A", "trust", "-N", "--data-checksums");
        Start();
        Client("pgbench", "-i", "-q", "-s", $"{scale}", "postgres");
        Sql("CREATE EXTENSION amcheck");
        Stop();
    }

    public void Start() =>
        Run(
            "pg_ctl",
            "-D",
            path,
            "-w",
            "-t",
            "300",
            "-l",
            Path.Combine(sockets, $"log-{port}"),
            "-o",
            $"-c listen_addresses='' -c unix_socket_directories='{sockets}' -p {port} -c max_wal_size=4GB",
            "start"
        );

    public void Stop(string mode = "fast") => Run("pg_ctl", "-D", path, "-w", "-m", mode, "stop");

    public string Sql(string sql) => Client("psql", "-XAtq", "-d", "postgres", "-c", sql);

    /// <summary>Runs a client program; returns what it prints.</summary>
    public string Client(string program, params string[] arguments) =>
        Run(program, Connected(arguments));

    /// <summary>The command line of a client program, for <see cref="Measurement.Time"/>.</summary>
    public string[] ClientCommand(string program, params string[] arguments) =>
        Command(program, Connected(arguments));

    /// <summary>True where a client program succeeds.</summary>
    public bool ClientSucceeds(string program, params string[] arguments) =>
        Succeeds(program, Connected(arguments));

    /// <summary>Four clients transfer for some seconds; fails where the connection of one is lost.</summary>
    /// <returns>Their transactions a second.</returns>
    public double Transfers(int seconds)
    {
        var line = Client("pgbench", "-n", "-c", "4", "-T", $"{seconds}", "postgres")
            .Split('\n')
            .First(l => l.StartsWith("tps = ", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture);
    }

    /// <summary>True where a program of PostgreSQL succeeds.</summary>
    public bool Succeeds(string program, params string[] arguments)
    {
        var command = Command(program, arguments);
        return ChildProcess.Run(environment, "/", command[0], command[1..]).ExitCode == 0;
    }

    private string[] Connected(string[] arguments) =>
        ["-h", sockets, "-p", $"{port}", "-U", "postgres", .. arguments];

    private void Sh(string command) => Measurement.Time(environment, "/", "sh", "-c", command);

    private string Run(string program, params string[] arguments)
    {
        var command = Command(program, arguments);
        var result = ChildProcess.Run(environment, "/", command[0], command[1..]);
        return result.ExitCode == 0
            ? result.Output.TrimEnd()
            : throw new InvalidOperationException(
                $"{string.Join(' ', command)}: {result.Output}{result.ErrorOutput}"
            );
    }

    private static string[] Command(string program, string[] arguments)
    {
        var full = Directory
            .GetDirectories(Programs)
            .Order(StringComparer.Ordinal)
            .Select(d => Path.Combine(d, "bin", program))
            .Last(File.Exists);
        return Libc.GetEffectiveUserId() == 0
            ?
            [
                "setpriv",
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                "--",
                full,
                .. arguments,
            ]
            : [full, .. arguments];
    }
}
