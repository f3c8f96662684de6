using System.Text.Json;
using YamlDotNet.RepresentationModel;

namespace Worktree.Hooks.Stack;

/// <summary>
/// What a compose file wants all worktrees to share: <c>x-worktree-hooks: share</c> under a network or a volume. Compose
/// leaves such a word out of its answer in JSON and has it in that in YAML.
/// </summary>
internal static class ComposeWishes
{
    private static readonly JsonElement Share = JsonDocument.Parse("\"share\"").RootElement;

    /// <summary>True where something is there already for which there may be a wish.</summary>
    public static bool MayBeIn(ComposeProject project) =>
        project.Networks.Values.Concat(project.Volumes.Values).Any(r => r.External);

    /// <summary>The project with the wishes that Compose's answer in YAML has.</summary>
    public static ComposeProject Add(ComposeProject project, string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return stream.Documents is [var document, ..] && document.RootNode is YamlMappingNode root
            ? project with
            {
                Networks = Add(project.Networks, Child(root, "networks")),
                Volumes = Add(project.Volumes, Child(root, "volumes")),
            }
            : project;
    }

    private static Dictionary<string, ComposeResource> Add(
        IReadOnlyDictionary<string, ComposeResource> resources,
        YamlNode? answer
    ) =>
        resources.ToDictionary(
            r => r.Key,
            r =>
                Child(Child(answer, r.Key), "x-worktree-hooks") is YamlScalarNode { Value: "share" }
                    ? r.Value with
                    {
                        Wish = Share,
                    }
                    : r.Value,
            StringComparer.Ordinal
        );

    private static YamlNode? Child(YamlNode? node, string key) =>
        node is YamlMappingNode mapping && mapping.Children.TryGetValue(key, out var child)
            ? child
            : null;
}
