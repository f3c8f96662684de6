using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Worktree.Hooks.Tests.House;

/// <summary>Makes docs/configuration.md from build/worktree.schema.json: a table for each kind of object.</summary>
internal sealed class ConfigurationPage
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly JsonElement schema;
    private readonly StringBuilder page = new();

    private ConfigurationPage(JsonElement schema) => this.schema = schema;

    /// <summary>The whole page.</summary>
    public static string Of(string schemaText)
    {
        using var document = JsonDocument.Parse(schemaText);
        var made = new ConfigurationPage(document.RootElement);
        made.Write();
        return made.page.ToString();
    }

    /// <summary>The examples of the keys at the top, each as a whole file.</summary>
    public static IReadOnlyList<(string Key, string Json)> ExamplesOf(string schemaText)
    {
        using var document = JsonDocument.Parse(schemaText);
        return
        [
            .. document
                .RootElement.GetProperty("properties")
                .EnumerateObject()
                .SelectMany(p => ExamplesOf(p.Value).Select(e => (p.Name, AsFile(p.Name, e)))),
        ];
    }

    private void Write()
    {
        Line("<!-- Made from build/worktree.schema.json. After a change of that:");
        Line(
            "     WORKTREE_HOOKS_WRITE_DOCS=true dotnet test tests/Worktree.Hooks.Tests --filter ConfigurationPage -->"
        );
        Line("# worktree.json").Line();
        Line(
            $"{Text(schema, "description")} It lies at the repository's root, and everything in it is optional."
        );
        Line();
        WriteTable(schema);
        foreach (var property in schema.GetProperty("properties").EnumerateObject())
        {
            foreach (var example in ExamplesOf(property.Value))
            {
                Line().Line($"`{property.Name}`, for example:").Line();
                Line("```json").Line(AsFile(property.Name, example)).Line("```");
            }
        }
        foreach (var definition in schema.GetProperty("definitions").EnumerateObject())
        {
            if (definition.Value.TryGetProperty("properties", out _))
            {
                Line().Line($"## {definition.Name}").Line();
                Line(Text(definition.Value, "description")!).Line();
                WriteTable(definition.Value);
            }
        }
    }

    private void WriteTable(JsonElement type)
    {
        var required = type.TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(n => n.GetString()).ToHashSet()
            : [];
        Line("| key | value | meaning |").Line("|---|---|---|");
        foreach (var property in type.GetProperty("properties").EnumerateObject())
        {
            var meaning = Meaning(property.Value);
            var needed = required.Contains(property.Name) ? " (required)" : "";
            Line($"| `{property.Name}`{needed} | {Kind(property.Value)} | {meaning} |");
        }
    }

    private string Meaning(JsonElement property)
    {
        var text = Text(property, "description") ?? Text(Resolve(property), "description");
        var fallback = property.TryGetProperty("default", out var value)
            ? $" Default: `{value.GetRawText().Trim('"')}`."
            : "";
        return Cell($"{text}{fallback}");
    }

    // What may stand there, in words.
    private string Kind(JsonElement property)
    {
        if (property.TryGetProperty("$ref", out var reference))
        {
            var name = reference.GetString()!.Split('/')[^1];
            return Resolve(property).TryGetProperty("properties", out _)
                ? $"[{name}](#{name})"
                : Kind(Resolve(property));
        }
        if (property.TryGetProperty("enum", out var values))
        {
            return string.Join(", ", values.EnumerateArray().Select(v => $"`{v.GetString()}`"));
        }
        if (property.TryGetProperty("anyOf", out var kinds))
        {
            return string.Join(" or ", kinds.EnumerateArray().Select(Kind));
        }
        var type = property.GetProperty("type");
        return type.ValueKind == JsonValueKind.Array
            ? string.Join(", ", type.EnumerateArray().Select(t => KindOf(t.GetString()!, property)))
            : KindOf(type.GetString()!, property);
    }

    private string KindOf(string type, JsonElement property) =>
        type switch
        {
            "string" => "text",
            "boolean" => "`true` or `false`",
            "integer" or "number" => $"number{Bounds(property)}",
            "array" => $"list of {Kind(property.GetProperty("items"))}",
            "object" => $"object of {Kind(property.GetProperty("additionalProperties"))}",
            _ => throw new InvalidOperationException($"'{type}' has no words here"),
        };

    private static string Bounds(JsonElement property) =>
        property.TryGetProperty("minimum", out var least)
        && property.TryGetProperty("maximum", out var most)
            ? $" {least}–{most}"
            : "";

    private JsonElement Resolve(JsonElement property) =>
        property.TryGetProperty("$ref", out var reference)
            ? schema.GetProperty("definitions").GetProperty(reference.GetString()!.Split('/')[^1])
            : property;

    private static IEnumerable<JsonElement> ExamplesOf(JsonElement property) =>
        property.TryGetProperty("examples", out var examples) ? examples.EnumerateArray() : [];

    private static string AsFile(string key, JsonElement example) =>
        JsonSerializer.Serialize(new Dictionary<string, JsonElement> { [key] = example }, Indented);

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private ConfigurationPage Line(string text = "")
    {
        page.Append(text).Append('\n');
        return this;
    }
}
