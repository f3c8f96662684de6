using System.Text.Json;
using System.Text.Json.Serialization;
using Worktree.Hooks.Database;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Runner.Commands;

/// <summary>The answer of <c>allocate --json</c>.</summary>
internal sealed record AllocationAnswer(
    string Name,
    bool Main,
    string Project,
    string Root,
    string ProjectName,
    string Host,
    IReadOnlyDictionary<string, int> Ports,
    IReadOnlyDictionary<string, string> Urls,
    IReadOnlyDictionary<string, string> Variables,
    bool EnvFileWritten,
    IReadOnlyList<DatabaseAnswer> Databases
)
{
    public static AllocationAnswer Of(SetupResult setup)
    {
        var allocation = setup.Allocation;
        var ports = new OrderedDictionary<string, int>(
            allocation.Ports.Select(p => KeyValuePair.Create(p.Variable.Name, p.Port)),
            StringComparer.Ordinal
        );
        return new AllocationAnswer(
            allocation.Identity.Name,
            allocation.Identity.IsMain,
            allocation.Identity.Project,
            allocation.Identity.Checkout.Root,
            allocation.ProjectName,
            allocation.Host,
            ports,
            WebUrls.Of(allocation.Host, ports),
            new OrderedDictionary<string, string>(allocation.Variables, StringComparer.Ordinal),
            setup.EnvFileWritten,
            DatabaseAnswer.Of(setup.Databases)
        );
    }
}

/// <summary>What became of one database, in <c>allocate --json</c> and <c>db sync --json</c>.</summary>
/// <param name="Path">Its path relative to the worktree's root.</param>
/// <param name="Outcome"><c>copied</c>, <c>alreadyThere</c>, <c>unchanged</c>, <c>nothingInMain</c>, <c>noMain</c>, <c>isMain</c> or <c>restored</c>.</param>
/// <param name="Method"><c>reflink</c>, <c>copy</c>, <c>sqlite backup</c>, or null.</param>
/// <param name="Bytes">The size of what was copied.</param>
/// <param name="Files">The number of files that were copied.</param>
/// <param name="ReusedBytes">How much of it was in the worktree already and did not have to be written.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="KeptPrevious">The former database, where it was kept.</param>
internal sealed record DatabaseAnswer(
    string Path,
    string Outcome,
    string? Method,
    long Bytes,
    int Files,
    long ReusedBytes,
    double Seconds,
    string? KeptPrevious
)
{
    public static IReadOnlyList<DatabaseAnswer> Of(IReadOnlyList<DatabaseOutcome> databases) =>
        [
            .. databases.Select(d => new DatabaseAnswer(
                d.Path,
                JsonNamingPolicy.CamelCase.ConvertName(d.Kind.ToString()),
                d.Method,
                d.Bytes,
                d.Files,
                d.ReusedBytes,
                d.Duration.TotalSeconds,
                d.KeptPrevious
            )),
        ];
}

/// <summary>The JSON of every answer; the names are a promise to scripts.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(AllocationAnswer))]
[JsonSerializable(typeof(WorktreeReport))]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(HookAnswer))]
[JsonSerializable(typeof(PruneReport))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(IReadOnlyList<DatabaseAnswer>))]
[JsonSerializable(typeof(IReadOnlyList<DatabaseInfo>))]
[JsonSerializable(typeof(RemovalReport))]
[JsonSerializable(typeof(WorktreeUrl))]
[JsonSerializable(typeof(InitAnswer))]
[JsonSerializable(typeof(UndoReport))]
internal sealed partial class AnswerJson : JsonSerializerContext;
