using System.Text.Json;
using System.Text.Json.Serialization;

namespace Worktree.Hooks.Leases;

/// <summary>The lease file's content: a version, and the leases by the real path of the worktree's private git dir.</summary>
internal sealed record LeaseDocument(int Version, Dictionary<string, Lease> Leases);

/// <summary>The lease file's form, made without reflection, as the hook is compiled ahead of time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(LeaseDocument))]
internal sealed partial class LeaseFormat : JsonSerializerContext
{
    /// <summary>The version that this program writes; it reads no newer one.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The whole file as UTF-8.</summary>
    public static byte[] Write(IEnumerable<Lease> leases)
    {
        var byGitDirectory = leases.ToDictionary(l => l.GitDirectory, StringComparer.Ordinal);
        return JsonSerializer.SerializeToUtf8Bytes(
            new LeaseDocument(CurrentVersion, byGitDirectory),
            Default.LeaseDocument
        );
    }

    /// <summary>The leases of a file.</summary>
    /// <exception cref="JsonException">It is not what <see cref="Write"/> writes.</exception>
    /// <exception cref="NotSupportedException">Its version is newer; the message is that version.</exception>
    public static List<Lease> Read(ReadOnlySpan<byte> content)
    {
        var document =
            JsonSerializer.Deserialize(content, Default.LeaseDocument)
            ?? throw new JsonException("The file is empty.");
        if (document.Version > CurrentVersion)
        {
            throw new NotSupportedException($"{document.Version}");
        }
        return document.Version < 1
            ? throw new JsonException("The file has no version.")
            : [.. document.Leases.Select(l => l.Value with { GitDirectory = l.Key })];
    }
}
