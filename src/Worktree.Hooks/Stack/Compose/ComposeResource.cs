using System.Text.Json;
using System.Text.Json.Serialization;

namespace Worktree.Hooks.Stack;

/// <summary>A secret or a config.</summary>
internal sealed record ComposeFileSource
{
    public string? Environment { get; init; }

    public string? Content { get; init; }

    /// <summary>An absolute path of this machine; null where it is no file.</summary>
    public string? File { get; init; }

    /// <summary>True where it is no file of this machine.</summary>
    [JsonIgnore]
    public bool IsText => Environment is not null || Content is not null;
}

/// <summary>A network or a volume.</summary>
internal sealed record ComposeResource
{
    /// <summary>Its name in the engine.</summary>
    public string? Name { get; init; }

    public bool External { get; init; }

    public ComposeIpam? Ipam { get; init; }

    public IReadOnlyDictionary<string, string>? DriverOpts { get; init; }

    /// <summary>Our own word in the user's file: <c>x-worktree-hooks: share</c>.</summary>
    [JsonPropertyName("x-worktree-hooks")]
    public JsonElement? Wish { get; init; }

    /// <summary>True where the user wants all worktrees to use the same one.</summary>
    [JsonIgnore]
    public bool IsShared =>
        Wish is { ValueKind: JsonValueKind.String } wish && wish.GetString() == "share";
}

/// <summary>The addresses of a network.</summary>
internal sealed record ComposeIpam
{
    public IReadOnlyList<JsonElement>? Config { get; init; }
}
