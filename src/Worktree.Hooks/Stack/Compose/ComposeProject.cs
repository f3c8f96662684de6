using System.Text.Json;
using System.Text.Json.Serialization;

namespace Worktree.Hooks.Stack;

/// <summary>
/// A compose project as <c>docker compose config --format json</c> tells it: files merged, <c>extends</c>, anchors,
/// profiles and variables resolved. Only what can collide or must be waited for is read. Values are as in a file: a
/// <c>$</c> is doubled. Where a property has a default, the serializer needs a setter to keep it.
/// </summary>
internal sealed record ComposeProject
{
    public string Name { get; set; } = "";

    public IReadOnlyDictionary<string, ComposeService> Services { get; set; } =
        new Dictionary<string, ComposeService>(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, ComposeResource> Networks { get; set; } =
        new Dictionary<string, ComposeResource>(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, ComposeResource> Volumes { get; set; } =
        new Dictionary<string, ComposeResource>(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, ComposeFileSource> Secrets { get; set; } =
        new Dictionary<string, ComposeFileSource>(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, ComposeFileSource> Configs { get; set; } =
        new Dictionary<string, ComposeFileSource>(StringComparer.Ordinal);

    /// <summary>False where Compose accepted the files only without the services of profiles that are off.</summary>
    [JsonIgnore]
    public bool HasAllProfiles { get; init; } = true;

    /// <summary>True where a secret or config of a service is a text, which Compose writes into the container.</summary>
    public bool FillsFilesOf(ComposeService service) =>
        service.Names("secrets").Any(n => Secrets.GetValueOrDefault(n)?.IsText == true)
        || service.Names("configs").Any(n => Configs.GetValueOrDefault(n)?.IsText == true);

    /// <summary>The files of this machine that a service gets as secrets and configs.</summary>
    public IEnumerable<string> FilesOf(ComposeService service) =>
        service
            .Names("secrets")
            .Select(n => Secrets.GetValueOrDefault(n))
            .Concat(service.Names("configs").Select(n => Configs.GetValueOrDefault(n)))
            .Select(s => s?.File)
            .OfType<string>();

    /// <summary>Reads the answer of Compose.</summary>
    /// <exception cref="JsonException">It has another form than any Compose v2 writes.</exception>
    public static ComposeProject Parse(string json) =>
        JsonSerializer.Deserialize(json, ComposeJson.Default.ComposeProject)
        ?? throw new JsonException("The answer is null.");

    /// <summary>The services that <c>up</c> starts with these profiles; <c>*</c> is all of them.</summary>
    public IEnumerable<KeyValuePair<string, ComposeService>> Enabled(
        IReadOnlyCollection<string> profiles
    ) =>
        Services.Where(s =>
            s.Value.Profiles.Count == 0
            || profiles.Contains("*")
            || s.Value.Profiles.Any(profiles.Contains)
        );
}

/// <summary>One service of a compose file.</summary>
internal sealed record ComposeService
{
    public string? Image { get; init; }

    public ComposeBuild? Build { get; init; }

    public string? ContainerName { get; init; }

    public string? NetworkMode { get; init; }

    public string? Restart { get; init; }

    public int? Scale { get; init; }

    public ComposeDeploy? Deploy { get; init; }

    public IReadOnlyList<string> Profiles { get; set; } = [];

    public IReadOnlyList<ComposePort> Ports { get; set; } = [];

    public IReadOnlyList<ComposeMount> Volumes { get; set; } = [];

    public IReadOnlyDictionary<string, ComposeAttachment?> Networks { get; set; } =
        new Dictionary<string, ComposeAttachment?>(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, ComposeDependency> DependsOn { get; set; } =
        new Dictionary<string, ComposeDependency>(StringComparer.Ordinal);

    public ComposeHealthcheck? Healthcheck { get; init; }

    /// <summary>Everything else, among it what a service on the host's network may listen by.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Rest { get; set; }

    /// <summary>How many containers of it are wanted.</summary>
    [JsonIgnore]
    public int Replicas => Scale ?? Deploy?.Replicas ?? 1;

    /// <summary>True where a text stands in its environment, command or anything else that is not read here.</summary>
    public bool Mentions(string text) =>
        Rest?.Values.Any(v => v.GetRawText().Contains(text, StringComparison.Ordinal)) == true;

    /// <summary>The first word of its <c>command</c> or <c>entrypoint</c>; null where the image's own is run.</summary>
    public string? FirstWord(string key) =>
        Rest?.TryGetValue(key, out var words) == true
        && words.ValueKind == JsonValueKind.Array
        && words.GetArrayLength() > 0
            ? words[0].GetString()
            : null;

    /// <summary>True where Compose runs a command in the container when it has started.</summary>
    [JsonIgnore]
    public bool HasStartHook => Rest?.ContainsKey("post_start") == true;

    /// <summary>True where the file says how long a stop may take.</summary>
    [JsonIgnore]
    public bool HasGracePeriod => Rest?.ContainsKey("stop_grace_period") == true;

    /// <summary>True where it is to have containers; a program that provides it has Compose run while it makes those of others.</summary>
    [JsonIgnore]
    public bool HasContainers => Replicas > 0 && Rest?.ContainsKey("provider") != true;

    /// <summary>The secrets or configs that it uses.</summary>
    public IEnumerable<string> Names(string kind) =>
        Rest?.TryGetValue(kind, out var uses) == true && uses.ValueKind == JsonValueKind.Array
            ? uses.EnumerateArray()
                .Where(u =>
                    u.ValueKind == JsonValueKind.Object && u.TryGetProperty("source", out _)
                )
                .Select(u => u.GetProperty("source").GetString()!)
            : [];

    /// <summary>True where a health check of the file is to be heard.</summary>
    [JsonIgnore]
    public bool HasHealthcheck => Healthcheck is { Disable: false, Test: not null };
}

/// <summary>How an image is built.</summary>
internal sealed record ComposeBuild
{
    public IReadOnlyList<string> Tags { get; set; } = [];
}

/// <summary>The <c>deploy</c> of a service.</summary>
internal sealed record ComposeDeploy
{
    public int? Replicas { get; init; }
}

/// <summary>A port that is published, or, without <see cref="Published"/>, left to the engine.</summary>
internal sealed record ComposePort
{
    public int Target { get; init; }

    /// <summary>A port, or for one target a range of which the engine takes one.</summary>
    public string? Published { get; init; }

    public string? HostIp { get; init; }

    public string? Protocol { get; init; }

    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Rest { get; set; }
}

/// <summary>A bind mount, a volume or a temporary file system of a service.</summary>
internal sealed record ComposeMount
{
    public string Type { get; set; } = "";

    /// <summary>An absolute path of this machine, or a volume's key.</summary>
    public string? Source { get; init; }

    public string? Target { get; init; }

    public bool? ReadOnly { get; init; }

    public ComposeBind? Bind { get; init; }

    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Rest { get; set; }
}

/// <summary>The options of a bind mount.</summary>
internal sealed record ComposeBind
{
    /// <summary>True where a missing source is made as a folder.</summary>
    public bool? CreateHostPath { get; init; }

    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Rest { get; set; }
}

/// <summary>A service's place in a network.</summary>
internal sealed record ComposeAttachment
{
    public IReadOnlyList<string>? Aliases { get; init; }

    [JsonPropertyName("ipv4_address")]
    public string? Ipv4Address { get; init; }

    [JsonPropertyName("ipv6_address")]
    public string? Ipv6Address { get; init; }

    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Rest { get; set; }
}

/// <summary>What a service waits for before it starts.</summary>
internal sealed record ComposeDependency
{
    /// <summary>Its health check passes.</summary>
    public const string Healthy = "service_healthy";

    /// <summary>It ended with 0.</summary>
    public const string Completed = "service_completed_successfully";

    public string? Condition { get; init; }
}

/// <summary>A service's health check.</summary>
internal sealed record ComposeHealthcheck
{
    public bool Disable { get; init; }

    public JsonElement? Test { get; init; }
}

/// <summary>The form of Compose's answer, and of our override.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowReadingFromString
)]
[JsonSerializable(typeof(ComposeProject))]
[JsonSerializable(typeof(IReadOnlyList<ComposePort>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, ComposeAttachment>))]
[JsonSerializable(typeof(IReadOnlyList<ComposeMount>))]
internal sealed partial class ComposeJson : JsonSerializerContext;
