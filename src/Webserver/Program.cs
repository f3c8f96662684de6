using System.Globalization;
using Npgsql;
using Webserver;

// A sample: one page that shows which worktree serves it, and the rows of its own database.
var builder = WebApplication.CreateBuilder(args);
var settings = Settings.From(builder.Configuration);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
if (!settings.IsInContainer)
{
    ListenOnThisMachine();
}

var app = builder.Build();
using var visits = settings.Postgres is { } connection
    ? VisitStore.InPostgres(connection)
    : VisitStore.InSqlite(settings.DatabaseFile);
visits.EnsureCreated();

app.MapGet("/", () => Results.Content(Page.Of(settings, visits.All()), "text/html; charset=utf-8"));
app.MapGet("/health", () => "ready");
app.MapGet("/rows", () => visits.All());
app.MapPost("/rows", (Visit visit) => visits.Add(visit.Note));
await app.RunAsync();

// In a container it listens as its image says, and a proxy in front of it speaks TLS.
void ListenOnThisMachine()
{
    var certificate = DevelopmentCertificate.LoadOrCreate(
        builder.Configuration["WORKTREE_CERTIFICATE"],
        builder.Configuration["WORKTREE_CERTIFICATE_KEY"],
        TimeProvider.System
    );
    builder.WebHost.ConfigureKestrel(kestrel =>
    {
        kestrel.ListenLocalhost(settings.HttpPort);
        kestrel.ListenLocalhost(settings.HttpsPort, listen => listen.UseHttps(certificate));
    });
}

namespace Webserver
{
    /// <summary>What the worktree's variables say; the defaults are main's.</summary>
    /// <param name="Worktree">The worktree's name.</param>
    /// <param name="Host">Its host name.</param>
    /// <param name="HttpPort">The port that it answers on, on this machine.</param>
    /// <param name="HttpsPort">The same with TLS.</param>
    /// <param name="Postgres">A connection string, where POSTGRES_PORT and POSTGRES_PASSWORD are set; null where the SQLite file is used.</param>
    /// <param name="DatabaseFile">The SQLite file.</param>
    /// <param name="IsInContainer">True in Microsoft's images of .NET.</param>
    internal sealed record Settings(
        string Worktree,
        string Host,
        int HttpPort,
        int HttpsPort,
        string? Postgres,
        string DatabaseFile,
        bool IsInContainer
    )
    {
        /// <summary>Reads the variables of .env.local, as they stand in the environment.</summary>
        public static Settings From(IConfiguration configuration) =>
            new(
                configuration["WORKTREE_NAME"] ?? "main",
                configuration["WORKTREE_HOST"] ?? "localhost",
                Port(configuration["APP_PORT"], 5001),
                Port(configuration["HTTPS_PORT"], 4430),
                PostgresOf(configuration),
                configuration["DATABASE_FILE"] ?? "data/webserver.db",
                configuration["DOTNET_RUNNING_IN_CONTAINER"] is "true"
            );

        // This repository's own stack has the port as every worktree has, and no server to log in to.
        private static string? PostgresOf(IConfiguration configuration) =>
            configuration["POSTGRES_PORT"] is { } port
            && configuration["POSTGRES_PASSWORD"] is { Length: > 0 } password
                ? new NpgsqlConnectionStringBuilder
                {
                    Host = configuration["POSTGRES_HOST"] ?? "127.0.0.1",
                    Port = Port(port, 5432),
                    Database = configuration["POSTGRES_DB"] ?? "webserver",
                    Username = configuration["POSTGRES_USER"],
                    Password = password,
                }.ConnectionString
                : null;

        private static int Port(string? text, int otherwise) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? port
                : otherwise;
    }
}
