using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Worktree.Hooks.Configuration;

namespace Worktree.Hooks.Setup;

/// <summary>The text of a first <c>worktree.json</c>.</summary>
internal static class WorktreeJson
{
    /// <summary>Where the schema lies, so that editors complete in every worktree and without a network.</summary>
    public const string SchemaFile = ".config/worktree.schema.json";

    /// <summary>The schema of this version.</summary>
    public static byte[] Schema()
    {
        using var stream = typeof(WorktreeJson).Assembly.GetManifestResourceStream(
            "worktree.schema.json"
        )!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    /// <summary>Writes down what was found. Line feeds, two spaces, a comment for each part.</summary>
    public static string Of(RepositorySurvey survey)
    {
        var parts = new List<string> { $"  \"$schema\": {Quote($"./{SchemaFile}")}" };
        if (survey.ComposeElsewhere is { } compose)
        {
            parts.Add($"  \"compose\": {Quote(compose)}");
        }
        parts.Add(
            Part(
                "Main keeps its ports; each linked worktree gets one of every range.",
                "\"ports\": {",
                survey.Ports.Select(p =>
                    $"{Quote(p.Name)}: {{ \"main\": {p.Main}, \"range\": {Quote(p.Range.ToString())} }}"
                ),
                "}"
            )
        );
        if (survey.Env.Count > 0)
        {
            parts.Add(
                Part(
                    "Further variables of .env.local, with this worktree's ports filled in.",
                    "\"env\": {",
                    survey.Env.Select(e => $"{Quote(e.Key)}: {Quote(e.Value)}"),
                    "}"
                )
            );
        }
        // Without the key, each worktree would look for main's postgres_data.
        parts.Add(
            survey.Databases.Count == 0
                ? "  // None was found in main; each worktree gets its own copy of what is named here.\n  \"databases\": []"
                : Part(
                    "Each worktree gets its own copy of main's.",
                    "\"databases\": [",
                    survey.Databases.Select(d =>
                        $"{{ \"type\": {Quote(d.Type.ToString().ToLowerInvariant())}, \"path\": {Quote(d.Path)} }}"
                    ),
                    "]"
                )
        );
        return $"{{\n{string.Join(",\n", parts)}\n}}\n";
    }

    private static string Part(
        string comment,
        string open,
        IEnumerable<string> lines,
        string close
    ) =>
        new StringBuilder($"  // {comment}\n  {open}\n")
            .AppendJoin(",\n", lines.Select(line => $"    {line}"))
            .Append($"\n  {close}")
            .ToString();

    private static string Quote(string text) =>
        $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
