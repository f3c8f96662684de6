using System.Text.Json;
using System.Text.Json.Serialization;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>A service that was started.</summary>
/// <param name="Name">Its name in worktree.json.</param>
/// <param name="Process">The process and its group.</param>
/// <param name="StartedAt">When it was started.</param>
/// <param name="IsOneShot">True for a build step or a migration, which is not expected to run on.</param>
/// <param name="IsReady">False until its readiness check said so: a start that is killed meanwhile leaves it so.</param>
internal sealed record StartedService(
    string Name,
    ProcessRecord Process,
    DateTimeOffset StartedAt,
    bool IsOneShot,
    bool IsReady
);

/// <summary>
/// The processes of one worktree's stack, in <c>stack.json</c> in its private git dir, so that git deletes it with the
/// worktree. The file is replaced whole, under the stack's lock.
/// </summary>
internal sealed record StackState(IReadOnlyList<StartedService> Services)
{
    private static readonly StackState Empty = new([]);

    /// <summary>The state of a worktree's stack; empty where nothing was started or the file is damaged.</summary>
    public static StackState Load(Checkout checkout)
    {
        try
        {
            var content = File.ReadAllBytes(FileOf(checkout));
            return JsonSerializer.Deserialize(content, StackJson.Default.StackState) ?? Empty;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // Processes that a damaged file would have named are still found by the variable that marks them.
            return Empty;
        }
    }

    /// <summary>Writes the state; an empty one takes the file away.</summary>
    public void Save(Checkout checkout)
    {
        if (Services.Count == 0)
        {
            File.Delete(FileOf(checkout));
            return;
        }
        AtomicFile.Write(
            FileOf(checkout),
            JsonSerializer.SerializeToUtf8Bytes(this, StackJson.Default.StackState)
        );
    }

    /// <summary>The service of that name, or null.</summary>
    public StartedService? Find(string name) => Services.FirstOrDefault(s => s.Name == name);

    /// <summary>The state with one service in the place of its former start.</summary>
    public StackState With(StartedService service) =>
        new([.. Services.Where(s => s.Name != service.Name), service]);

    /// <summary>The state without some services.</summary>
    public StackState Without(IReadOnlyCollection<string> names) =>
        new([.. Services.Where(s => !names.Contains(s.Name))]);

    private static string FileOf(Checkout checkout) =>
        Path.Combine(checkout.StateDirectory, "stack.json");
}

/// <summary>The state of a start in progress, on the disk at each step; services that start at the same time share it.</summary>
internal sealed class StackRecord(Checkout checkout)
{
    private readonly Lock gate = new();
    private StackState state = StackState.Load(checkout);

    /// <summary>The state now.</summary>
    public StackState State
    {
        get
        {
            lock (gate)
            {
                return state;
            }
        }
    }

    /// <summary>Puts a service in the place of its former start.</summary>
    public void Put(StartedService service) => Change(s => s.With(service));

    /// <summary>Takes services out.</summary>
    public void Remove(IReadOnlyCollection<string> names) => Change(s => s.Without(names));

    private void Change(Func<StackState, StackState> change)
    {
        lock (gate)
        {
            state = change(state);
            state.Save(checkout);
        }
    }
}

/// <summary>The form of <c>stack.json</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(StackState))]
internal sealed partial class StackJson : JsonSerializerContext;
