using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace Worktree.Hooks.Stack;

/// <summary>
/// Writes a plan as a compose file: JSON, which YAML contains, with Compose's tags <c>!override</c> (in the place of,
/// not beside) and <c>!reset</c> (gone).
/// </summary>
internal static partial class ComposeOverrideFile
{
    /// <summary>The file's name in the worktree's state folder.</summary>
    public const string FileName = "compose.override.yaml";

    /// <summary>The label that says whose a container, network or volume is.</summary>
    public const string Label = Leases.WorktreeContainers.Label;

    // The default of the Compose specification. Podman 4 kills at once where none is named, also a database.
    private const string GracePeriod = "10s";

    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The file's text.</summary>
    /// <param name="plan">What is overridden.</param>
    /// <param name="owner">The label's value: the private git dir.</param>
    public static string Write(ComposePlan plan, string owner)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteStartObject("services");
            foreach (var (name, service) in plan.Services)
            {
                json.WriteStartObject(name);
                WriteService(json, service);
                WriteLabel(json, owner);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            WriteResources(json, "networks", plan.Networks, owner);
            WriteResources(json, "volumes", plan.Volumes, owner);
            json.WriteEndObject();
        }
        return "# Made by worktree-hooks at every start, from the files of this project; those are not touched.\n"
            + SurrogatePair()
                .Replace(
                    Encoding.UTF8.GetString(buffer.WrittenSpan),
                    pair =>
                        $"{pair.Groups["before"].Value}{Character(pair, "high")}{Character(pair, "low")}"
                )
            + "\n";

        static char Character(Match pair, string name) =>
            (char)
                int.Parse(
                    pair.Groups[name].Value,
                    NumberStyles.HexNumber,
                    CultureInfo.InvariantCulture
                );
    }

    // JSON may write a character beyond 16 bits as two; in YAML that is an error.
    [GeneratedRegex(
        @"(?<before>(?<!\\)(\\\\)*)\\u(?<high>D[89AB][0-9A-F]{2})\\u(?<low>D[C-F][0-9A-F]{2})",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex SurrogatePair();

    private static void WriteService(Utf8JsonWriter json, ServiceOverride service)
    {
        if (service.Ports is not null)
        {
            WriteInstead(
                json,
                "ports",
                service.Ports,
                ComposeJson.Default.IReadOnlyListComposePort
            );
        }
        if (service.NeedsGracePeriod)
        {
            json.WriteString("stop_grace_period", GracePeriod);
        }
        if (service.DropsContainerName)
        {
            WriteReset(json, "container_name");
        }
        if (service.Image is not null)
        {
            json.WriteString("image", service.Image);
        }
        if (service.DropsBuildTags)
        {
            json.WriteStartObject("build");
            WriteReset(json, "tags");
            json.WriteEndObject();
        }
        var attachments = ComposeJson.Default.IReadOnlyDictionaryStringComposeAttachment;
        if (service is { Networks: not null, ReplacesNetworks: true })
        {
            WriteInstead(json, "networks", service.Networks, attachments);
        }
        else if (service.Networks is not null)
        {
            json.WritePropertyName("networks");
            JsonSerializer.Serialize(json, service.Networks, attachments);
        }
        if (service.Mounts is not null)
        {
            json.WritePropertyName("volumes");
            JsonSerializer.Serialize(
                json,
                service.Mounts,
                ComposeJson.Default.IReadOnlyListComposeMount
            );
        }
    }

    private static void WriteResources(
        Utf8JsonWriter json,
        string kind,
        IReadOnlyDictionary<string, ResourceOverride> resources,
        string owner
    )
    {
        json.WriteStartObject(kind);
        foreach (var (key, resource) in resources.Where(r => r.Value.IsLabelled))
        {
            json.WriteStartObject(key);
            if (resource.Name is not null)
            {
                json.WriteString("name", resource.Name);
            }
            if (resource.DropsExternal)
            {
                WriteReset(json, "external");
            }
            if (resource.DropsIpam)
            {
                WriteReset(json, "ipam");
            }
            if (resource.DropsDriverOpts)
            {
                WriteReset(json, "driver_opts");
            }
            else if (resource.Device is not null)
            {
                json.WriteStartObject("driver_opts");
                json.WriteString("device", resource.Device);
                json.WriteEndObject();
            }
            WriteLabel(json, owner);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    // Compose fills variables in here as in any file of its own.
    private static void WriteLabel(Utf8JsonWriter json, string owner)
    {
        json.WriteStartObject("labels");
        json.WriteString(Label, owner.Replace("$", "$$", StringComparison.Ordinal));
        json.WriteEndObject();
    }

    private static void WriteReset(Utf8JsonWriter json, string name)
    {
        json.WritePropertyName(name);
        json.WriteRawValue("!reset null", skipInputValidation: true);
    }

    private static void WriteInstead<T>(
        Utf8JsonWriter json,
        string name,
        T value,
        JsonTypeInfo<T> type
    )
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var inner = new Utf8JsonWriter(buffer, Options))
        {
            JsonSerializer.Serialize(inner, value, type);
        }
        json.WritePropertyName(name);
        json.WriteRawValue(
            "!override " + Encoding.UTF8.GetString(buffer.WrittenSpan),
            skipInputValidation: true
        );
    }
}
