using System.Text.Json;
using System.Text.Json.Serialization;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>What is known of the last copy of a database.</summary>
internal sealed record CloneManifest
{
    /// <summary>The version that this program writes; it believes no other.</summary>
    public const int CurrentVersion = 2;

    public required int Version { get; init; }

    /// <summary>Main's database, links resolved.</summary>
    public required string Source { get; init; }

    public required DateTimeOffset CopiedAt { get; init; }

    /// <summary>The copy's own name, a GUID; with <see cref="BootId"/> for <see cref="Durability"/>.</summary>
    public required string CopyId { get; init; }

    /// <summary>The boot in which it was made.</summary>
    public required string BootId { get; init; }

    /// <summary><c>reflink</c>, <c>copy</c>, <c>refresh</c> or <c>sqlite backup</c>.</summary>
    public required string Method { get; init; }

    public required long Bytes { get; init; }

    public required int Files { get; init; }

    /// <summary><see cref="SourceSession.Fingerprint"/> of main before it was read.</summary>
    public required string SourceFingerprint { get; init; }

    /// <summary>False where main's files had changed so shortly before that a later change may not show in their times.</summary>
    public required bool SourceSettled { get; init; }

    /// <summary><see cref="DatabaseKind.FingerprintOf"/> of the copy.</summary>
    public required string CloneFingerprint { get; init; }

    /// <summary>A manifest of a copy that is about to be made by a helper container.</summary>
    public static CloneManifest Draft(
        string source,
        DateTimeOffset now,
        string fingerprint,
        bool isSettled
    ) =>
        new()
        {
            Version = CurrentVersion,
            CopyId = $"{Guid.NewGuid():N}",
            BootId = LinuxProcess.BootId,
            Source = source,
            CopiedAt = now,
            Method = "",
            Bytes = 0,
            Files = 0,
            SourceFingerprint = fingerprint,
            SourceSettled = isSettled,
            CloneFingerprint = "",
        };

    /// <summary>The manifest of a database; null where there is none that can be believed.</summary>
    public static CloneManifest? TryRead(DatabasePlace place)
    {
        try
        {
            return TryParse(File.ReadAllText(place.ManifestFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // the worktree's database then counts as written to
        }
    }

    /// <summary>What <see cref="ToJson"/> made; null where it cannot be believed.</summary>
    public static CloneManifest? TryParse(string json)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize(json, DatabaseRecords.Default.CloneManifest);
            return manifest?.Version == CurrentVersion ? manifest : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The manifest in UTF-8.</summary>
    public byte[] ToJson() =>
        JsonSerializer.SerializeToUtf8Bytes(this, DatabaseRecords.Default.CloneManifest);

    /// <summary>Replaces the manifest of a database.</summary>
    public void Write(DatabasePlace place) => AtomicFile.Write(place.ManifestFile, ToJson());

    /// <summary>True where main's files are what they were when this copy was made.</summary>
    public bool IsCopyOf(DatabasePlace place, SourceSession source) =>
        SourceSettled && Source == place.Source && SourceFingerprint == source.Fingerprint;
}

/// <summary>Written before a whole copy is put in place, deleted after: says which file or folder is which.</summary>
/// <param name="NewInode">The copy.</param>
/// <param name="OldInode">The database that it replaces; null where there is none.</param>
/// <param name="KeepOld">True where the old one is to become the previous generation.</param>
/// <param name="Manifest">The copy's manifest; null where a restored database has none.</param>
/// <param name="IsRestore">True where the "copy" is the previous generation: given up, it goes back there.</param>
internal sealed record PublicationJournal(
    ulong NewInode,
    ulong? OldInode,
    bool KeepOld,
    CloneManifest? Manifest,
    bool IsRestore = false
);

/// <summary>The form of the records in the state folder, made without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(CloneManifest))]
[JsonSerializable(typeof(PublicationJournal))]
[JsonSerializable(typeof(TreeRecord))]
internal sealed partial class DatabaseRecords : JsonSerializerContext;
