using System.Text;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Worktree.Hooks.Setup;

/// <summary>
/// What a compose file publishes and mounts, read without Docker (compose-spec: services, ports and volumes; a variable
/// is <c>${NAME:-default}</c>).
/// </summary>
internal sealed partial class ComposeSurvey
{
    /// <summary>The names that Compose looks for, best first.</summary>
    public static readonly string[] FileNames =
    [
        "compose.yaml",
        "compose.yml",
        "docker-compose.yaml",
        "docker-compose.yml",
    ];

    private const string PostgresData = "/var/lib/postgresql/data";

    // The variables that everybody gives these servers.
    private static readonly Dictionary<int, string> WellKnown = new()
    {
        [1433] = "MSSQL_PORT",
        [3306] = "MYSQL_PORT",
        [5432] = "POSTGRES_PORT",
        [5672] = "RABBITMQ_PORT",
        [6379] = "REDIS_PORT",
        [27017] = "MONGO_PORT",
    };

    private readonly string file;
    private readonly List<(string Name, YamlMappingNode Service)> services = [];

    private ComposeSurvey(string file, byte[] content)
    {
        this.file = file;
        var stream = new YamlStream();
        stream.Load(
            new MergingParser(new Parser(new StringReader(Encoding.UTF8.GetString(content))))
        );
        if (
            stream.Documents is [var document, ..]
            && document.RootNode is YamlMappingNode root
            && Child(root, "services") is YamlMappingNode found
        )
        {
            services.AddRange(
                found
                    .Children.Where(c => c.Value is YamlMappingNode)
                    .Select(c => (TextOf(c.Key) ?? "", (YamlMappingNode)c.Value))
            );
        }
    }

    /// <summary>Reads a file; null where it is no YAML, which <c>docker compose</c> tells better.</summary>
    public static ComposeSurvey? TryRead(InitFiles files, string file)
    {
        try
        {
            return files.TryRead(file) is { } content ? new ComposeSurvey(file, content) : null;
        }
        catch (YamlException)
        {
            return null;
        }
    }

    /// <summary>Adds the published ports: by their variable, or with a name for a plain number.</summary>
    /// <param name="ports">Gets them.</param>
    /// <param name="variables">The values of variables that the file gives no default.</param>
    public void AddTo(FoundPorts ports, IReadOnlyDictionary<string, string> variables)
    {
        foreach (var (name, service) in services)
        {
            foreach (var (published, target) in PublishedPorts(service))
            {
                if (Variable().Match(published) is { Success: true } match)
                {
                    var variable = match.Groups["name"].Value;
                    var value = variables.GetValueOrDefault(
                        variable,
                        match.Groups["default"].Value
                    );
                    if (FoundPort.Parse(value) is { } main)
                    {
                        ports.AddNamed(new FoundPort(variable, main, file));
                    }
                }
                else if (FoundPort.Parse(published) is { } main)
                {
                    var plain = $"{FoundPort.VariableName(name)}_PORT";
                    ports.AddUnnamed(
                        new FoundPort(
                            FoundPort.Parse(target) is { } known
                                ? WellKnown.GetValueOrDefault(known, plain)
                                : plain,
                            main,
                            file
                        ),
                        $"{FoundPort.VariableName(name)}_PORT_{main}"
                    );
                }
            }
        }
    }

    /// <summary>The folders that PostgreSQL has its data in, relative to the work tree's root with slashes.</summary>
    public IEnumerable<string> PostgresFolders() =>
        services
            .SelectMany(s => Mounts(s.Service))
            .Where(m => m.Target.TrimEnd('/') == PostgresData && m.Source.StartsWith('.'))
            .Select(m => RelativeToRoot(m.Source))
            .Where(path => path != "." && !path.StartsWith("..", StringComparison.Ordinal));

    private string RelativeToRoot(string source)
    {
        var root = Path.GetPathRoot(Path.GetTempPath())!;
        var full = Path.GetFullPath(source, Path.Combine(root, "r", InitFiles.FolderOf(file)));
        return Path.GetRelativePath(Path.Combine(root, "r"), full).Replace('\\', '/');
    }

    private static IEnumerable<(string Published, string Target)> PublishedPorts(
        YamlMappingNode service
    )
    {
        foreach (var port in Items(service, "ports"))
        {
            if (port is YamlMappingNode mapping)
            {
                if (TextOf(Child(mapping, "published")) is { } published)
                {
                    yield return (published, TextOf(Child(mapping, "target")) ?? "");
                }
            }
            else if (ShortPort().Match(TextOf(port) ?? "") is { Success: true } match)
            {
                yield return (match.Groups["host"].Value, match.Groups["target"].Value);
            }
        }
    }

    private static IEnumerable<(string Source, string Target)> Mounts(YamlMappingNode service)
    {
        foreach (var volume in Items(service, "volumes"))
        {
            if (volume is YamlMappingNode mapping)
            {
                yield return (
                    TextOf(Child(mapping, "source")) ?? "",
                    TextOf(Child(mapping, "target")) ?? ""
                );
            }
            else if ((TextOf(volume) ?? "").Split(':') is [var source, var target, ..])
            {
                yield return (source, target);
            }
        }
    }

    private static IEnumerable<YamlNode> Items(YamlMappingNode service, string key) =>
        Child(service, key) is YamlSequenceNode list ? list.Children : [];

    private static YamlNode? Child(YamlMappingNode node, string key) =>
        node.Children.FirstOrDefault(c => TextOf(c.Key) == key).Value;

    private static string? TextOf(YamlNode? node) => (node as YamlScalarNode)?.Value;

    [GeneratedRegex(
        @"^((\[[^\]]*\]|[0-9.]+|\$\{[^}]*\}):)?(?<host>\$\{[^}]*\}|\$\w+|[0-9]+):(?<target>[0-9]+|\$\{[^}]*\})(/tcp)?$",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex ShortPort();

    [GeneratedRegex(
        @"^\$(\{(?<name>[A-Za-z_]\w*)(:?-(?<default>[^}]*)|:?[?+][^}]*)?\}|(?<name>[A-Za-z_]\w*))$",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Variable();
}
