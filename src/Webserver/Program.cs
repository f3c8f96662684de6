using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Webserver;

// A sample: one page that shows which worktree serves it, and the rows of its own database.
var builder = WebApplication.CreateBuilder(args);
var settings = Settings.From(builder.Configuration);
builder.Logging.SetMinimumLevel(LogLevel.Warning);

using var certificate = DevelopmentCertificate.FindOrCreate(TimeProvider.System);
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.ListenLocalhost(settings.HttpPort);
    kestrel.ListenLocalhost(settings.HttpsPort, listen => listen.UseHttps(certificate));
});

var app = builder.Build();
var visits = new VisitStore(settings.Database);
visits.EnsureCreated();

app.MapGet("/", () => Results.Content(Page.Of(settings, visits.All()), "text/html; charset=utf-8"));
app.MapGet("/health", () => "ready");
app.MapGet("/rows", () => visits.All());
app.MapPost("/rows", (Visit visit) => visits.Add(visit.Note));
await app.RunAsync();

namespace Webserver
{
    /// <summary>What the worktree's variables say; the defaults are main's.</summary>
    internal sealed record Settings(
        string Worktree,
        string Host,
        int HttpPort,
        int HttpsPort,
        string Database
    )
    {
        /// <summary>Reads the variables of .env.local, as they stand in the environment.</summary>
        public static Settings From(IConfiguration configuration) =>
            new(
                configuration["WORKTREE_NAME"] ?? "main",
                configuration["WORKTREE_HOST"] ?? "localhost",
                Port(configuration["APP_PORT"], 5001),
                Port(configuration["HTTPS_PORT"], 4430),
                configuration["DATABASE_FILE"] ?? "data/webserver.db"
            );

        private static int Port(string? text, int otherwise) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? port
                : otherwise;
    }
}
