using System.Text.Json;

namespace Worktree.Hooks.Setup;

/// <summary>JSON files as ASP.NET Core and the SDK read them: with comments, trailing commas and a byte order mark.</summary>
internal static class LenientJson
{
    /// <summary>What else than strict JSON is taken.</summary>
    public static readonly JsonDocumentOptions Options = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>Parses a file's content.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static JsonDocument Parse(byte[] content) =>
        JsonDocument.Parse(
            content is [0xEF, 0xBB, 0xBF, ..] ? content.AsMemory(3) : content,
            Options
        );
}
