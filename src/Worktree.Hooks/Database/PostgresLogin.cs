using System.Globalization;
using Npgsql;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.EnvFiles;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// Reaches the server that runs on a data directory: by its socket, by its port, or by main's <c>POSTGRES_PORT</c>, as
/// the user of main's environment files or of this system; else as the engine knows its container. Nobody has to
/// configure anything.
/// </summary>
internal sealed class PostgresLogin(DatabaseCall call, string source)
{
    private const int SecondsToConnect = 5;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly string mainRoot = call.Identity.MainRoot!;

    private IReadOnlyDictionary<string, string> settings = EnvSettings.Of(
        call.Identity.MainRoot!,
        call.Environment
    );

    /// <summary>Connects, and proves that it is the server of this very directory.</summary>
    /// <param name="postmaster">The directory's <c>postmaster.pid</c>.</param>
    /// <param name="evidence">What says that a server runs there, for the message.</param>
    /// <returns>An open connection of its own, not pooled.</returns>
    /// <exception cref="WorktreeHooksException">WTH4002: nobody answers, or it is another server.</exception>
    public NpgsqlConnection Connect(PostmasterFile postmaster, string evidence)
    {
        var refusals = new List<string>();
        if (FirstOf(Endpoints(postmaster), postmaster, refusals) is { } connection)
        {
            return connection;
        }
        var container = ContainerServer.Find(call.Environment, source, call.Cancellation);
        settings = container?.Over(settings) ?? settings;
        return container is null
            ? throw Unreachable(evidence, refusals)
            : FirstOf(container.Endpoints, postmaster, refusals)
                ?? throw new ContainerOutOfReachException(
                    Unreachable(evidence, refusals).Diagnostic
                );
    }

    private NpgsqlConnection? FirstOf(
        IEnumerable<(string Host, int Port)> endpoints,
        PostmasterFile postmaster,
        List<string> refusals
    )
    {
        foreach (var (host, port) in endpoints)
        {
            foreach (var user in Users())
            {
                var connection = TryConnect(host, port, user, refusals);
                if (connection is null)
                {
                    continue;
                }
                if (IsServerOf(connection, postmaster, out var reason))
                {
                    return connection;
                }
                refusals.Add($"{Name(host, port)} as '{user}': {reason}");
                connection.Dispose();
            }
        }
        return null;
    }

    private IEnumerable<(string Host, int Port)> Endpoints(PostmasterFile postmaster)
    {
        var known = new List<(string Host, int Port)>();
        var socket = Path.Combine(
            postmaster.SocketFolder,
            string.Create(CultureInfo.InvariantCulture, $".s.PGSQL.{postmaster.Port}")
        );
        if (postmaster.SocketFolder.Length > 0 && File.Exists(socket))
        {
            known.Add((postmaster.SocketFolder, postmaster.Port));
        }
        if (postmaster.ListenAddress.Length > 0)
        {
            var address = postmaster.ListenAddress;
            known.Add(
                (address is "*" or "0.0.0.0" or "::" ? "127.0.0.1" : address, postmaster.Port)
            );
        }
        // A container's server knows its own port; main's is where it is published.
        if (
            int.TryParse(
                settings.GetValueOrDefault("POSTGRES_PORT"),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var published
            )
        )
        {
            known.Add(("127.0.0.1", published));
        }
        return known.Where(e => e.Port > 0).Distinct();
    }

    private IEnumerable<string> Users() =>
        new[]
        {
            settings.GetValueOrDefault("POSTGRES_USER"),
            settings.GetValueOrDefault("PGUSER"),
            Environment.UserName,
            "postgres",
        }
            .OfType<string>()
            .Where(user => user.Length > 0)
            .Distinct(StringComparer.Ordinal);

    private NpgsqlConnection? TryConnect(string host, int port, string user, List<string> refusals)
    {
        // "postgres" is there wherever nobody dropped it; POSTGRES_DB is the image's first one.
        var names = new[] { "postgres", settings.GetValueOrDefault("POSTGRES_DB"), "template1" };
        foreach (var database in names.OfType<string>().Where(n => n.Length > 0).Distinct())
        {
            var connection = new NpgsqlSlimDataSourceBuilder(Describe(host, port, user, database))
                .Build()
                .CreateConnection();
            try
            {
                connection.Open();
                return connection;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                connection.Dispose();
                if (e is PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName })
                {
                    continue;
                }
                refusals.Add($"{Name(host, port)} as '{user}': {Reason(e)}");
                return null;
            }
        }
        return null;
    }

    private string Describe(string host, int port, string user, string database) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = host,
            Port = port,
            Username = user,
            Password =
                settings.GetValueOrDefault("POSTGRES_PASSWORD")
                ?? settings.GetValueOrDefault("PGPASSWORD"),
            Database = database,
            ApplicationName = "worktree-hooks",
            Pooling = false,
            Timeout = SecondsToConnect,
            CommandTimeout = 0, // a checkpoint may take minutes
            SslMode = SslMode.Disable,
            Enlist = false,
        }.ConnectionString;

    // Clones have the same system identifier. No two starts have the same postmaster.pid, and a copy of that file has
    // neighbours that were made at another time.
    private bool IsServerOf(
        NpgsqlConnection connection,
        PostmasterFile postmaster,
        out string reason
    )
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText =
                "SELECT extract(epoch FROM (pg_stat_file('PG_VERSION')).change)::bigint::text || ' ' || pg_read_file('postmaster.pid')";
            reason = "it is the server of another directory";
            var changed = FileStat.TryOf(Path.Combine(source, "PG_VERSION"))!.Changed;
            return (string?)command.ExecuteScalar()
                == string.Create(
                    CultureInfo.InvariantCulture,
                    $"{changed / NanosecondsPerSecond} {postmaster.Content}"
                );
        }
        catch (PostgresException e)
        {
            var user = connection.UserName?.Replace("\"", "\"\"", StringComparison.Ordinal);
            reason =
                $"{Reason(e)}; so that it can prove which server it is, in database '{connection.Database}': "
                + $"GRANT EXECUTE ON FUNCTION pg_read_file(text), pg_stat_file(text) TO \"{user}\"";
            return false;
        }
    }

    private WorktreeHooksException Unreachable(string evidence, List<string> refusals)
    {
        var answers =
            refusals.Count > 0
                ? string.Join("; ", refusals)
                : "it has no socket or port that is known here";
        var file = Path.Combine(mainRoot, EnvFile.FileName);
        return DatabaseFailure.Running(
            source,
            $"{evidence}, and could not be asked for a backup: {answers}. Put what it needs of POSTGRES_USER, "
                + $"POSTGRES_PASSWORD and POSTGRES_PORT into '{file}'"
        );
    }

    private static string Name(string host, int port) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"'{(host.StartsWith('/') ? $"{host}/.s.PGSQL." : $"{host}:")}{port}'"
        );

    private static string Reason(Exception e) =>
        e switch
        {
            PostgresException server => server.MessageText,
            { InnerException: { } inner } => inner.Message,
            _ => e.Message,
        };
}

/// <summary>WTH4002 of a server in a container that no connection leads to: the <c>psql</c> in the container is left.</summary>
internal sealed class ContainerOutOfReachException(Diagnostic diagnostic)
    : WorktreeHooksException(diagnostic);
