using System.Text.Json;

namespace Worktree.Hooks.Setup;

/// <summary>Where a project listens by its <c>Properties/launchSettings.json</c>.</summary>
/// <param name="Project">The project's name: its file's, else its folder's.</param>
/// <param name="File">The file, relative to the root.</param>
/// <param name="Http">The first HTTP port; null where there is none.</param>
/// <param name="Https">The first HTTPS port; null where there is none.</param>
/// <param name="Prefix">What stands before the names of its variables; empty for the first project.</param>
internal sealed record LaunchSettings(
    string Project,
    string File,
    int? Http,
    int? Https,
    string Prefix
)
{
    /// <summary>The variable of its HTTP port.</summary>
    public string HttpVariable => $"{Prefix}APP_PORT";

    /// <summary>The variable of its HTTPS port.</summary>
    public string HttpsVariable => $"{Prefix}HTTPS_PORT";

    /// <summary>
    /// Those that name an address, in the order of their paths: the first has APP_PORT and HTTPS_PORT, each further one
    /// its own pair.
    /// </summary>
    public static IReadOnlyList<LaunchSettings> Find(InitFiles files)
    {
        var found = new List<LaunchSettings>();
        var named = files.All.Where(f =>
            f.EndsWith("Properties/launchSettings.json", StringComparison.Ordinal)
        );
        foreach (var file in named)
        {
            var urls = files.TryRead(file) is { } content ? Urls(content) : [];
            var http = urls.Find(u => u.Scheme == Uri.UriSchemeHttp)?.Port;
            var https = urls.Find(u => u.Scheme == Uri.UriSchemeHttps)?.Port;
            if (http is not null || https is not null)
            {
                var project = ProjectOf(files, InitFiles.FolderOf(InitFiles.FolderOf(file)));
                var prefix = found.Count == 0 ? "" : $"{FoundPort.VariableName(project)}_";
                found.Add(new LaunchSettings(project, file, http, https, prefix));
            }
        }
        return found;
    }

    /// <summary>Adds its ports.</summary>
    public void AddTo(FoundPorts ports)
    {
        if (Https is { } https)
        {
            ports.AddNamed(new FoundPort(HttpsVariable, https, File));
        }
        if (Http is { } http)
        {
            ports.AddNamed(new FoundPort(HttpVariable, http, File));
        }
    }

    private static string ProjectOf(InitFiles files, string folder) =>
        files
            .WithExtension(InitFiles.ProjectExtensions)
            .Where(f => InitFiles.FolderOf(f) == folder)
            .Select(f => Path.GetFileNameWithoutExtension(f))
            .FirstOrDefault(InitFiles.NameOf(folder));

    // Profiles that start something else, such as IIS Express or a container, have addresses of their own.
    private static List<Uri> Urls(byte[] content)
    {
        try
        {
            using var document = LenientJson.Parse(content);
            return
            [
                .. document
                    .RootElement.GetProperty("profiles")
                    .EnumerateObject()
                    .Where(p => TextOf(p.Value, "commandName") == "Project")
                    .SelectMany(p => TextOf(p.Value, "applicationUrl")?.Split(';') ?? [])
                    .Select(url =>
                        url.Trim()
                            .Replace("//*", "//localhost", StringComparison.Ordinal)
                            .Replace("//+", "//localhost", StringComparison.Ordinal)
                    )
                    .Select(url => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri : null)
                    .OfType<Uri>(),
            ];
        }
        catch (Exception e)
            when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return []; // the SDK tells about a broken one
        }
    }

    private static string? TextOf(JsonElement profile, string name) =>
        profile.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
