using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Configuration;

/// <summary>Reads what a service says that is a container.</summary>
internal static partial class ContainerReader
{
    /// <summary>The user that stands for whoever starts the stack.</summary>
    public const string Me = "me";

    /// <summary>The keys that only a container has.</summary>
    internal static readonly string[] KnownKeys = ["image", "volumes", "user", "init", "health"];

    private const string PortForm =
        "the ports in the container by port variables, as { \"POSTGRES_PORT\": 5432 }";
    private const string VolumeForm =
        "\"./FOLDER:/PATH\", \"./FILE:/PATH:ro\" or \"NAME:/PATH\", with an absolute path in the container";

    /// <summary>The container of a service that has an <c>"image"</c>; null for a process.</summary>
    /// <exception cref="WorktreeHooksException">WTH3003: a value, or a key that does not go with what the service is.</exception>
    public static ContainerConfiguration? Read(
        string service,
        IReadOnlyList<KeyValuePair<string, ConfigurationNode>> members
    )
    {
        if (members.FirstOrDefault(m => m.Key == "image").Value is not { } image)
        {
            RequireNone(
                members,
                KnownKeys,
                $"only a service with an \"image\" has, not '{service}'"
            );
            return null;
        }
        RequireNone(
            members,
            ["workingDirectory"],
            $"only a process has, and '{service}' is a container of an \"image\""
        );
        var container = new ContainerConfiguration { Image = ReadImage(image) };
        foreach (var (key, value) in members)
        {
            container = key switch
            {
                "ports" => container with { Ports = ReadPorts(value) },
                "volumes" => container with { Volumes = ReadVolumes(value) },
                "user" => container with { User = value.NonEmptyString("\"user\"") },
                "init" => container with { Init = value.Boolean("\"init\"") },
                "health" => container with { Health = value.NonEmptyString("\"health\"") },
                _ => container,
            };
        }
        return container;
    }

    private static void RequireNone(
        IReadOnlyList<KeyValuePair<string, ConfigurationNode>> members,
        string[] keys,
        string whose
    )
    {
        if (members.FirstOrDefault(m => keys.Contains(m.Key)) is { Value: { } value } member)
        {
            throw value.Error(
                ErrorCatalogue.InvalidValue,
                $"'{member.Key}' is what {whose}. Take it out."
            );
        }
    }

    private static string ReadImage(ConfigurationNode node)
    {
        var image = node.NonEmptyString("\"image\"");
        return image.Any(char.IsWhiteSpace)
            ? throw node.WrongKind("\"image\"", "its name without spaces, as \"postgres:15\"")
            : image;
    }

    private static Dictionary<string, int> ReadPorts(ConfigurationNode node)
    {
        if (node.Kind != JsonTokenType.StartObject)
        {
            throw node.WrongKind("\"ports\" of a service with an \"image\"", PortForm);
        }
        return node.Members.ToDictionary(
            m => m.Key,
            m =>
                m.Value.Kind is JsonTokenType.Number or JsonTokenType.String
                && int.TryParse(
                    m.Value.Text,
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var port
                )
                && port is >= 1 and <= 65535
                    ? port
                    : throw m.Value.WrongKind(
                        $"the port in the container that '{m.Key}' leads to",
                        "a number from 1 to 65535"
                    ),
            StringComparer.Ordinal
        );
    }

    private static List<VolumeConfiguration> ReadVolumes(ConfigurationNode node)
    {
        var volumes = new List<VolumeConfiguration>();
        foreach (var item in node.ArrayItems("\"volumes\""))
        {
            var volume = ReadVolume(item);
            if (volumes.Exists(v => v.Target == volume.Target))
            {
                throw item.Error(
                    ErrorCatalogue.DuplicateKey,
                    $"'{volume.Target}' is mounted twice. Keep one of the two."
                );
            }
            volumes.Add(volume);
        }
        return volumes;
    }

    private static VolumeConfiguration ReadVolume(ConfigurationNode node)
    {
        var text = node.NonEmptyString("a volume", VolumeForm);
        var match = Volume().Match(text);
        if (!match.Success)
        {
            throw node.WrongKind("a volume", VolumeForm);
        }
        var source = match.Groups["source"].Value;
        var isWritable = match.Groups["mode"].Value != "ro";
        var isNamed = VolumeName().IsMatch(source);
        var isLater = source.Contains("${", StringComparison.Ordinal);
        if (!isNamed && !isLater)
        {
            source = Path.IsPathRooted(source)
                ? RequireReadOnly(node, source, isWritable)
                : node.PathInWorktree(source, "the source of a volume", allowRoot: true);
        }
        return new VolumeConfiguration(
            source,
            isNamed,
            match.Groups["target"].Value,
            isWritable,
            node
        );
    }

    /// <summary>Refuses to let every worktree write to one place.</summary>
    internal static string RequireReadOnly(
        ConfigurationNode node,
        string source,
        bool isWritable
    ) =>
        isWritable
            ? throw node.Error(
                ErrorCatalogue.InvalidValue,
                $"'{source}' lies outside the worktree, so that all worktrees would write to it. Give a path relative to "
                    + "the worktree's root or the name of a volume, or append ':ro'."
            )
            : source;

    // The last ':/' begins the path in the container: a source on Windows may have one of its own.
    [GeneratedRegex(
        @"^(?<source>.+):(?<target>/[^:]*)(:(?<mode>ro|rw))?\z",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Volume();

    // Anything with a slash or a dot is a path: a file whose './' was forgotten too.
    [GeneratedRegex(
        @"^[A-Za-z0-9][A-Za-z0-9_-]*\z",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex VolumeName();
}
