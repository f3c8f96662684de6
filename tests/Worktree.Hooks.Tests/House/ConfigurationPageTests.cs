using System.Text;
using System.Text.Json;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.House;

/// <summary>docs/configuration.md is made from build/worktree.schema.json: run with WORKTREE_HOOKS_WRITE_DOCS=1 to write it.</summary>
public sealed class ConfigurationPageTests : IDisposable
{
    private static readonly string Page = SourceTree.At("docs", "configuration.md");

    private readonly JsonDocument schema = JsonDocument.Parse(
        File.ReadAllText(SourceTree.At("build", "worktree.schema.json"))
    );

    [Fact]
    public void It_says_what_the_schema_says()
    {
        var wanted = Generate();
        if (HostEnvironment.Capture().Variable("WORKTREE_HOOKS_WRITE_DOCS") is not null)
        {
            File.WriteAllText(Page, wanted);
        }

        Assert.Equal(wanted, File.Exists(Page) ? File.ReadAllText(Page) : "");
    }

    public void Dispose() => schema.Dispose();

    private string Generate()
    {
        var root = schema.RootElement;
        var text = new StringBuilder(
            "# Configuration reference\n\nMade from [the schema](../build/worktree.schema.json) by a test; do not edit.\n\n"
        );
        text.Append(Text(root, "description")).Append("\n\n## worktree.json\n\n");
        AppendKeys(text, root);
        foreach (var definition in root.GetProperty("definitions").EnumerateObject())
        {
            if (definition.Value.TryGetProperty("properties", out _))
            {
                text.Append($"\n## {definition.Name}\n\n");
                if (Text(definition.Value, "description") is { Length: > 0 } description)
                {
                    text.Append(description).Append("\n\n");
                }
                AppendKeys(text, definition.Value);
            }
        }
        return text.ToString();
    }

    private void AppendKeys(StringBuilder text, JsonElement type)
    {
        text.Append("| key | value | meaning |\n|---|---|---|\n");
        foreach (var key in type.GetProperty("properties").EnumerateObject())
        {
            var isRequired =
                type.TryGetProperty("required", out var required)
                && required.EnumerateArray().Any(r => r.GetString() == key.Name);
            var standard = key.Value.TryGetProperty("default", out var value)
                ? $" Default: `{value.GetRawText()}`."
                : "";
            var description = Text(key.Value, "description") is { Length: > 0 } own
                ? own
                : Text(Resolve(key.Value), "description");
            text.Append(
                $"| `{key.Name}`{(isRequired ? " (required)" : "")} | {ValueOf(key.Value)} | {description}{standard} |\n"
            );
        }
    }

    private string ValueOf(JsonElement value)
    {
        if (value.TryGetProperty("$ref", out var reference))
        {
            var name = reference.GetString()!.Split('/')[^1];
            var target = Resolve(value);
            return target.TryGetProperty("properties", out _)
                ? $"[{name}](#{name})"
                : ValueOf(target);
        }
        if (value.TryGetProperty("enum", out var choices))
        {
            return string.Join(", ", choices.EnumerateArray().Select(c => $"`{c.GetRawText()}`"));
        }
        if (value.TryGetProperty("anyOf", out var either))
        {
            return string.Join(" or ", either.EnumerateArray().Select(ValueOf).Distinct());
        }
        if (value.TryGetProperty("items", out var items))
        {
            return $"list of {ValueOf(items)}";
        }
        if (
            value.TryGetProperty("additionalProperties", out var members)
            && members.ValueKind == JsonValueKind.Object
        )
        {
            return $"names, each with {ValueOf(members)}";
        }
        if (!value.TryGetProperty("type", out var type))
        {
            return value.TryGetProperty("const", out var constant)
                ? $"`{constant.GetRawText()}`"
                : "any";
        }
        return type.ValueKind == JsonValueKind.Array
            ? string.Join(" or ", type.EnumerateArray().Select(t => t.GetString()))
            : type.GetString()!;
    }

    private JsonElement Resolve(JsonElement value) =>
        value.TryGetProperty("$ref", out var reference)
            ? schema
                .RootElement.GetProperty("definitions")
                .GetProperty(reference.GetString()!.Split('/')[^1])
            : value;

    private static string Text(JsonElement value, string key) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(key, out var text)
            ? text.GetString()!
            : "";
}
