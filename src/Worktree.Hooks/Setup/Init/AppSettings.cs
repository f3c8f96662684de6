using System.Text.Json;
using System.Text.RegularExpressions;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>
/// The values in <c>appsettings.json</c> and <c>appsettings.Development.json</c> that lead to a port of this machine, as
/// the environment variables that override them (ASP.NET Core reads <c>ConnectionStrings__Default</c> after the files).
/// </summary>
internal sealed partial class AppSettings
{
    private static readonly string[] FileNames =
    [
        "appsettings.json",
        "appsettings.Development.json",
    ];

    private readonly Dictionary<string, string> variables = new(StringComparer.Ordinal);
    private readonly List<string> notes = [];

    /// <summary>Reads the files of all projects.</summary>
    public AppSettings(InitFiles files, LocalPorts ports, HostEnvironment environment)
    {
        var folders = FileNames.SelectMany(files.Named).Select(InitFiles.FolderOf).Distinct();
        foreach (var folder in folders.Order(StringComparer.Ordinal))
        {
            var values = new Dictionary<string, (string Value, string File)>(
                StringComparer.OrdinalIgnoreCase
            );
            foreach (var name in FileNames)
            {
                var file = folder.Length == 0 ? name : $"{folder}/{name}";
                foreach (var (key, value) in Leaves(files.TryRead(file)))
                {
                    values[key] = (value, file);
                }
            }
            Add(values, ports, SecretsOf(files, folder, environment));
        }
    }

    /// <summary>Names and values for "env", with references.</summary>
    public IReadOnlyDictionary<string, string> Variables => variables;

    /// <summary>What could not be written down, and what to do about it.</summary>
    public IReadOnlyList<string> Notes => notes;

    private void Add(
        Dictionary<string, (string Value, string File)> values,
        LocalPorts ports,
        HashSet<string> secrets
    )
    {
        foreach (var (key, (value, file)) in values.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            if (ports.Fill(value) is not { } filled)
            {
                continue;
            }
            var name = key.Replace(":", "__", StringComparison.Ordinal);
            if (!VariableName().IsMatch(name))
            {
                notes.Add(
                    $"'{key}' in '{file}' leads to main's port, and no environment variable can have that name"
                );
            }
            else if (secrets.Contains(key))
            {
                // The variable would win over the secret, with the committed value.
                notes.Add(
                    $"'{key}' in '{file}' leads to main's port and a user secret overrides it: let the application read the port "
                        + $"from its variable, or set {name} in each worktree's .env.local"
                );
            }
            else if (!variables.TryAdd(name, filled) && variables[name] != filled)
            {
                notes.Add(
                    $"'{key}' in '{file}' differs from another project's: \"env\" has that one's"
                );
            }
        }
    }

    private static HashSet<string> SecretsOf(
        InitFiles files,
        string folder,
        HostEnvironment environment
    )
    {
        var projects = files.WithExtension(InitFiles.ProjectExtensions);
        var ids =
            from project in projects
            where InitFiles.FolderOf(project) == folder
            let text = File.ReadAllText(files.FullPath(project))
            select SecretsId().Match(text).Groups["id"].Value;
        return ids.Where(id => id.Length > 0)
            .Select(id => SecretsFile(id, environment))
            .Where(File.Exists)
            .SelectMany(file => Leaves(File.ReadAllBytes(file)))
            .Select(leaf => leaf.Key)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    private static string SecretsFile(string id, HostEnvironment environment) =>
        OperatingSystem.IsWindows()
            ? Path.Combine(
                environment.Variable("APPDATA") ?? "",
                "Microsoft",
                "UserSecrets",
                id,
                "secrets.json"
            )
            : Path.Combine(
                environment.HomeDirectory,
                ".microsoft",
                "usersecrets",
                id,
                "secrets.json"
            );

    private static List<(string Key, string Value)> Leaves(byte[]? content)
    {
        try
        {
            using var document = LenientJson.Parse(content ?? "{}"u8.ToArray());
            return [.. Leaves("", document.RootElement)];
        }
        catch (JsonException)
        {
            return []; // the application tells about a broken one
        }
    }

    private static IEnumerable<(string Key, string Value)> Leaves(
        string prefix,
        JsonElement node
    ) =>
        node.ValueKind switch
        {
            JsonValueKind.Object => node.EnumerateObject()
                .SelectMany(p =>
                    Leaves(prefix.Length == 0 ? p.Name : $"{prefix}:{p.Name}", p.Value)
                ),
            JsonValueKind.String => [(prefix, node.GetString()!)],
            _ => [],
        };

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z", RegexOptions.None, 1000)]
    private static partial Regex VariableName();

    [GeneratedRegex(
        "<UserSecretsId>(?<id>[^<]+)</UserSecretsId>",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex SecretsId();
}
