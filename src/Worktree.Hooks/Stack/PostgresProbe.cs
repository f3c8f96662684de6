using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Npgsql;
using Worktree.Hooks.Database;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>
/// Asks whether a PostgreSQL in a container accepts connections over the network. While its image fills the cluster, a
/// server answers on the socket alone, also to a health check.
/// </summary>
internal sealed partial class PostgresProbe(ContainerEngine engine)
{
    // What a shell says of a program that it cannot start, and the engine of one that is not in the image.
    private const long NotExecutable = 126;
    private const long NotFound = 127;
    private const int SecondsToAnswer = 5;

    /// <summary>True where it accepts connections; null where the image has nothing to ask it with.</summary>
    /// <param name="id">The container.</param>
    /// <param name="details">What the engine knows of it now.</param>
    /// <param name="port">The port in the container; null for the one that its environment says.</param>
    /// <param name="cancellation">The user gives up.</param>
    public bool? Accepts(
        string id,
        EngineContainerDetails details,
        int? port,
        CancellationToken cancellation
    )
    {
        var inside = port ?? ContainerServer.PortIn(details);
        // A process in the container takes twenty times as long as a login.
        return (LoginOf(details, inside) is { } login ? AcceptsLogin(login, cancellation) : null)
            ?? AnswersInside(id, inside, cancellation);
    }

    /// <summary>True for a health check that <see cref="Accepts"/> has made: <c>pg_isready</c> and nothing else.</summary>
    public static bool IsMadeBy(IReadOnlyList<string> healthCommand) =>
        OnlyPgIsReady().IsMatch(string.Join(' ', healthCommand));

    // Without a password that is known, logins would fail and fill the server's log.
    private NpgsqlConnectionStringBuilder? LoginOf(EngineContainerDetails details, int port)
    {
        var published = details.Ports.FirstOrDefault(p =>
            p.ContainerPort == port && p.IsOnLoopback
        );
        var password = details.Env.GetValueOrDefault("POSTGRES_PASSWORD", "");
        if (engine.IsRemote || published is null || password.Length == 0)
        {
            return null;
        }
        // As its image: an empty name is none.
        var user = details.Env.GetValueOrDefault("POSTGRES_USER") is { Length: > 0 } named
            ? named
            : "postgres";
        return new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = published.HostPort,
            Username = user,
            Password = password,
            Database = details.Env.GetValueOrDefault("POSTGRES_DB") is { Length: > 0 } database
                ? database
                : user,
            ApplicationName = "worktree-hooks",
            Pooling = false,
            Timeout = SecondsToAnswer,
            SslMode = SslMode.Disable, // a server that wants it says so, which is an answer
            GssEncryptionMode = GssEncryptionMode.Disable,
            Enlist = false,
        };
    }

    // As pg_isready: any answer will do, but that the server starts or stops. Null where nobody listens, as published
    // ports may lie on another machine than this one.
    private static bool? AcceptsLogin(
        NpgsqlConnectionStringBuilder login,
        CancellationToken cancellation
    )
    {
        using var connection = new NpgsqlSlimDataSourceBuilder(login.ConnectionString)
            .ConfigureTypeLoading(types => types.EnableTypeLoading(false))
            .Build()
            .CreateConnection();
        try
        {
            connection.OpenAsync(cancellation).GetAwaiter().GetResult();
            return true;
        }
        catch (PostgresException e)
        {
            return e.SqlState != PostgresErrorCodes.CannotConnectNow;
        }
        catch (NpgsqlException e) when (e.InnerException is SocketException)
        {
            return null;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
        {
            return false; // the engine takes connections before there is a server
        }
    }

    private bool? AnswersInside(string id, int port, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(SecondsToAnswer));
        try
        {
            string[] command =
            [
                "pg_isready",
                "--quiet",
                "--host=127.0.0.1",
                string.Create(CultureInfo.InvariantCulture, $"--port={port}"),
            ];
            var code = engine.Exec(id, command, limit.Token).ExitCode;
            return code is NotExecutable or NotFound ? null : code == 0;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
        catch (EngineException e) when (e.Fault is EngineFault.Other or EngineFault.NotFound)
        {
            return false; // it ended meanwhile, which the next look shows
        }
    }

    // Of another host or port it would ask something else, and a shell could do more besides.
    [GeneratedRegex(
        @"^(\S*sh -c )?(\S*/)?pg_isready( +(?!-[hp]|--host|--port|\$\()[^\s&|;`()]+)* *(\|\| *exit \d+)?$",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex OnlyPgIsReady();
}
