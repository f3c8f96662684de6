using System.Text.Json;
using System.Text.Json.Serialization;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>A service that a start of the compose file wanted.</summary>
/// <param name="Name">Its name in the compose file.</param>
/// <param name="IsOneShot">True for a step that others wait for until it ends: it is not expected to run on.</param>
internal sealed record WantedService(string Name, bool IsOneShot);

/// <summary>
/// The services that the last start of a worktree's compose file wanted, in <c>compose-services.json</c> in its private git
/// dir: <c>status</c> knows by them what is missing when containers are gone, and need not ask Compose. Written whole,
/// under the stack's lock, before anything is started, so that a start that is killed leaves it; a stop does too.
/// </summary>
internal sealed record ComposeRecord(IReadOnlyList<WantedService> Services)
{
    /// <summary>True where a stop has ended what that start made: what runs of these services since, the user has started.</summary>
    public bool HasEnded { get; init; }

    /// <summary>The record of a start of this stack.</summary>
    public static ComposeRecord Of(ComposeStack stack)
    {
        var oneShots = stack.Prepared.OneShots;
        return new([
            .. stack.Wanted.Select(s => new WantedService(s.Key, oneShots.Contains(s.Key))),
        ]);
    }

    /// <summary>The record of the last start; null where nothing was started or the file is damaged.</summary>
    public static ComposeRecord? Load(Checkout checkout)
    {
        try
        {
            var record = JsonSerializer.Deserialize(
                File.ReadAllBytes(FileOf(checkout)),
                ComposeRecordJson.Default.ComposeRecord
            );
            return record?.Services.All(s => s is not null) == true ? record : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // the next start writes it anew
        }
    }

    /// <summary>Writes the record into the worktree's private folder, which must be there.</summary>
    /// <exception cref="IOException">The disk is full or failed: the former record stays.</exception>
    public void Save(Checkout checkout) =>
        AtomicFile.Write(
            FileOf(checkout),
            JsonSerializer.SerializeToUtf8Bytes(this, ComposeRecordJson.Default.ComposeRecord)
        );

    /// <summary>Notes that a stop has ended what was started, where something was.</summary>
    public static void End(Checkout checkout)
    {
        if (Load(checkout) is not { HasEnded: false } record)
        {
            return;
        }
        try
        {
            (record with { HasEnded = true }).Save(checkout);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A stop needs no room on a disk.
        }
    }

    private static string FileOf(Checkout checkout) =>
        Path.Combine(checkout.StateDirectory, "compose-services.json");
}

/// <summary>The form of <c>compose-services.json</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(ComposeRecord))]
internal sealed partial class ComposeRecordJson : JsonSerializerContext;
