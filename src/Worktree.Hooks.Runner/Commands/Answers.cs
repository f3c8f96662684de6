using System.Text.Json.Serialization;
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
    bool EnvFileWritten
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
            setup.EnvFileWritten
        );
    }
}

/// <summary>The JSON of every answer; the names are a promise to scripts.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never
)]
[JsonSerializable(typeof(AllocationAnswer))]
[JsonSerializable(typeof(WorktreeReport))]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(HookAnswer))]
[JsonSerializable(typeof(PruneReport))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(InitReport))]
internal sealed partial class AnswerJson : JsonSerializerContext;
