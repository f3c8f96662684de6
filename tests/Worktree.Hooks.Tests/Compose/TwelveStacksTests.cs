using System.Text.Json.Nodes;
using Worktree.Hooks.Stack;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Compose;

/// <summary>
/// Twelve compose files in the shape of well-known ones: Compose itself says what comes of them with our override.
/// </summary>
public class TwelveStacksTests
{
    public static TheoryData<string> Names =>
        [
            .. Directory
                .GetDirectories(BuiltFolder.ComposeStacks)
                .Order()
                .Select(f => Path.GetFileName(f)!),
        ];

    [Fact]
    public void There_are_twelve() => Assert.Equal(12, Names.Count);

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void Two_linked_worktrees_and_main_share_no_port_no_name_and_no_folder(string name)
    {
        ComposeRepository.RequireCompose();
        using var stack = new ComposeRepository(name);
        var main = Facts.Of(ComposeRepository.Config(stack.Prepare(stack.Root)));
        var prepared = stack.Prepare(stack.AddWorktree("one"));
        var one = Facts.Of(ComposeRepository.Config(prepared));
        var two = Facts.Of(ComposeRepository.Config(stack.Prepare(stack.AddWorktree("two"))));

        Assert.Empty(main.Ports.Intersect(one.Ports));
        Assert.Empty(main.Ports.Intersect(two.Ports));
        Assert.Empty(one.Ports.Intersect(two.Ports));
        Assert.Empty(main.Names.Intersect(one.Names));
        Assert.Empty(main.Names.Intersect(two.Names));
        Assert.Empty(one.Names.Intersect(two.Names));
        Assert.DoesNotContain(
            one.Folders,
            f => f.StartsWith(stack.Root + "/", StringComparison.Ordinal)
        );
        // Nothing that the file publishes is lost, and who is known by a fixed name is still found by it.
        Assert.Equal(main.Targets, one.Targets);
        var fixedNames = Facts
            .Of(ComposeRepository.Config(prepared, withOverride: false))
            .ContainerNames.Intersect(main.ContainerNames);
        Assert.Subset(one.Aliases, fixedNames.ToHashSet(StringComparer.Ordinal));
    }

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void Main_keeps_everything_and_gets_the_label(string name)
    {
        ComposeRepository.RequireCompose();
        using var stack = new ComposeRepository(name);
        var prepared = stack.Prepare(stack.Root);
        var with = ComposeRepository.Config(prepared);

        Assert.NotEqual(0, RemoveLabels(with, prepared.Allocation.Identity.Checkout.GitDirectory));
        var without = ComposeRepository.Config(prepared, withOverride: false);
        Assert.Equal(without.ToJsonString(), with.ToJsonString());
    }

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void Everything_of_a_linked_worktree_has_the_label_and_is_otherwise_as_the_file_says(
        string name
    )
    {
        ComposeRepository.RequireCompose();
        using var stack = new ComposeRepository(name);
        var root = stack.AddWorktree("feature-x");
        var prepared = stack.Prepare(root);
        var with = ComposeRepository.Config(prepared);
        var without = ComposeRepository.Config(prepared, withOverride: false);
        var labelled =
            with["services"]!.AsObject().Count
            + Own(with["networks"]).Count()
            + Own(with["volumes"]).Count();

        Assert.Equal(
            labelled,
            RemoveLabels(with, prepared.Allocation.Identity.Checkout.GitDirectory)
        );
        Assert.Equal(Rest(without), Rest(with));
        Assert.Equal(
            "",
            stack.Repository.GitIn(root, "status", "--porcelain", "--untracked-files=no")
        );
    }

    private static IEnumerable<JsonNode> Own(JsonNode? resources) =>
        (resources?.AsObject() ?? [])
            .Select(r => r.Value!)
            .Where(r => r["external"]?.GetValue<bool>() != true);

    // Everything but what an override may change.
    private static string Rest(JsonNode config)
    {
        var rest = config.DeepClone();
        foreach (var (_, service) in rest["services"]!.AsObject())
        {
            foreach (var key in new[] { "ports", "container_name", "image", "networks", "volumes" })
            {
                service!.AsObject().Remove(key);
            }
            (service!["build"] as JsonObject)?.Remove("tags");
        }
        rest.AsObject().Remove("networks");
        rest.AsObject().Remove("volumes");
        return rest.ToJsonString();
    }

    private static int RemoveLabels(JsonNode config, string owner)
    {
        var removed = 0;
        foreach (var kind in new[] { "services", "networks", "volumes" })
        {
            foreach (var (_, item) in config[kind]?.AsObject() ?? [])
            {
                if (item!["labels"] is JsonObject labels)
                {
                    var isOurs =
                        labels[ComposeOverrideFile.Label]?.GetValue<string>()
                        == owner.Replace("$", "$$", StringComparison.Ordinal);
                    removed += isOurs && labels.Remove(ComposeOverrideFile.Label) ? 1 : 0;
                    if (labels.Count == 0)
                    {
                        item.AsObject().Remove("labels");
                    }
                }
            }
        }
        return removed;
    }

    /// <summary>What two projects on one engine must not have in common, read from Compose's answer.</summary>
    private sealed record Facts(
        HashSet<string> Ports,
        IReadOnlyList<string> Targets,
        HashSet<string> Names,
        HashSet<string> ContainerNames,
        HashSet<string> Aliases,
        IReadOnlyList<string> Folders
    )
    {
        public static Facts Of(JsonNode config)
        {
            var services = config["services"]!
                .AsObject()
                .Select(s => (s.Key, Value: s.Value!))
                .ToList();
            var ports = services.SelectMany(s =>
                Items(s.Value["ports"]).Select(p => (s.Key, Port: p))
            );
            var resources = Own(config["networks"]).Concat(Own(config["volumes"])).ToList();
            var containers = services
                .Select(s => Text(s.Value["container_name"]))
                .OfType<string>()
                .ToList();
            var built = services.Where(s => s.Value["build"] is not null).ToList();
            // Compose leaves the wish to share it out of its answer: one of the files has it.
            var external = (config["networks"]?.AsObject() ?? [])
                .Concat(config["volumes"]?.AsObject() ?? [])
                .Where(r => r.Value!["external"] is not null && Text(r.Value["name"]) != "company")
                .Select(r => Text(r.Value!["name"])!);
            return new Facts(
                [.. ports.SelectMany(p => Published(p.Port))],
                [
                    .. ports.Select(p =>
                        $"{p.Key} {p.Port["target"]} {p.Port["protocol"]} {p.Port["host_ip"]}"
                    ),
                ],
                [
                    .. containers,
                    .. resources.Select(r => Text(r["name"])!),
                    .. external,
                    .. built.Select(s => Text(s.Value["image"])).OfType<string>(),
                    .. built.SelectMany(s =>
                        Items(s.Value["build"]!["tags"]).Select(t => Text(t)!)
                    ),
                    .. resources
                        .SelectMany(r => Items(r["ipam"]?["config"]))
                        .Select(c => Text(c["subnet"])!),
                ],
                [
                    .. services
                        .Where(s => s.Value["networks"] is not null)
                        .Select(s => Text(s.Value["container_name"]))
                        .OfType<string>(),
                ],
                [
                    .. services
                        .SelectMany(s => s.Value["networks"]?.AsObject() ?? [])
                        .SelectMany(n => Items(n.Value?["aliases"]))
                        .Select(a => Text(a)!),
                ],
                [
                    .. services
                        .SelectMany(s => Items(s.Value["volumes"]))
                        .Select(v => Text(v["source"]) ?? ""),
                    .. resources.Select(r => Text(r["driver_opts"]?["device"]) ?? ""),
                ]
            );
        }

        private static IEnumerable<string> Published(JsonNode port)
        {
            if (Text(port["published"]) is not { } published)
            {
                yield break;
            }
            var ends = published.Split('-').Select(int.Parse).ToArray();
            for (var p = ends[0]; p <= ends[^1]; p++)
            {
                yield return $"{p}/{port["protocol"]}";
            }
        }

        private static IEnumerable<JsonNode> Items(JsonNode? list) =>
            (list?.AsArray() ?? []).Select(i => i!);

        private static string? Text(JsonNode? node) => node?.GetValue<string>();
    }
}
