using System.Text.Json;
using System.Text.Json.Serialization;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>What init did to one file.</summary>
/// <param name="Path">Relative to the root, with slashes.</param>
/// <param name="Former">Its bytes before; null where it was not there.</param>
/// <param name="Written">Its bytes after.</param>
internal sealed record InitRecordEntry(string Path, byte[]? Former, byte[] Written);

/// <summary>
/// What <c>init</c> did in a worktree, in its private git dir, so that <c>init --undo</c> gives back the former bytes.
/// </summary>
/// <param name="Files">In the order in which they were written.</param>
/// <param name="HookInstalled">True where init installed the hook.</param>
internal sealed record InitRecord(IReadOnlyList<InitRecordEntry> Files, bool HookInstalled)
{
    /// <summary>The record of a worktree; empty where nothing was done there, or nobody can read what.</summary>
    public static InitRecord Load(Checkout checkout)
    {
        var file = FileOf(checkout);
        try
        {
            return File.Exists(file)
                ? JsonSerializer.Deserialize(
                    File.ReadAllBytes(file),
                    InitRecordJson.Default.InitRecord
                ) ?? new([], HookInstalled: false)
                : new([], HookInstalled: false);
        }
        catch (JsonException)
        {
            return new([], HookInstalled: false);
        }
    }

    /// <summary>
    /// The record with one change more. A file that init changes again is undone to what it was before the first time,
    /// unless somebody else changed it in between.
    /// </summary>
    public InitRecord With(FileChange change)
    {
        var earlier = Files.FirstOrDefault(f => f.Path == change.Path);
        var former =
            earlier is not null && InitWriter.IsAs(change.Former, earlier.Written)
                ? earlier.Former
                : change.Former;
        return this with
        {
            Files =
            [
                .. Files.Where(f => f != earlier),
                new InitRecordEntry(change.Path, former, change.Content!),
            ],
        };
    }

    /// <summary>Writes the record, or deletes it where nothing is left to undo.</summary>
    public void Save(Checkout checkout)
    {
        var file = FileOf(checkout);
        if (Files.Count == 0 && !HookInstalled)
        {
            File.Delete(file);
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        AtomicFile.Write(
            file,
            JsonSerializer.SerializeToUtf8Bytes(this, InitRecordJson.Default.InitRecord)
        );
    }

    private static string FileOf(Checkout checkout) =>
        Path.Combine(checkout.StateDirectory, "init.json");
}

/// <summary>Reads and writes <see cref="InitRecord"/> without reflection.</summary>
/// <remarks>By metadata: the generated fast path writes a byte array that is null as an empty one.</remarks>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(InitRecord))]
internal sealed partial class InitRecordJson : JsonSerializerContext;
