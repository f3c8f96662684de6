using System.Text.RegularExpressions;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;

namespace Worktree.Hooks.Configuration;

/// <summary>Turns <c>worktree.json</c> into a <see cref="WorktreeConfiguration"/>; <c>build/worktree.schema.json</c> says the same to editors.</summary>
internal static partial class ConfigurationReader
{
    /// <summary>The keys of the file itself.</summary>
    internal static readonly string[] KnownKeys =
    [
        "$schema",
        "project",
        "main",
        "ports",
        "env",
        "databases",
        "services",
        "compose",
        "composeTimeout",
        "certificate",
    ];

    /// <summary>Reads a whole file.</summary>
    /// <param name="file">Its path, for messages.</param>
    /// <param name="content">UTF-8.</param>
    /// <exception cref="WorktreeHooksException">WTH3001–WTH3007 with line and column.</exception>
    public static WorktreeConfiguration Read(string file, ReadOnlySpan<byte> content)
    {
        var configuration = new WorktreeConfiguration { File = file };
        var root = ConfigurationNode.Parse(file, content);
        foreach (var (key, value) in root.KnownMembers("worktree.json", KnownKeys))
        {
            configuration = key switch
            {
                "project" => configuration with { Project = ReadProject(value) },
                "main" => configuration with { Main = value.NonEmptyString("\"main\"") },
                "compose" => configuration with { Compose = value.PathInWorktree("\"compose\"") },
                "composeTimeout" => configuration with
                {
                    ComposeTimeout = value.Seconds("\"composeTimeout\""),
                },
                "certificate" => configuration with
                {
                    Certificate = value.Boolean("\"certificate\""),
                },
                "ports" => configuration with { Ports = PortsReader.Read(value) },
                "env" => configuration with { Env = ReadEnv(value) },
                "databases" => configuration with { Databases = DatabasesReader.Read(value) },
                "services" => configuration with { Services = ServicesReader.Read(value) },
                _ => configuration,
            };
        }
        RequireDistinctVariables(configuration);
        ServicesReader.RequireKnownPorts(configuration);
        return configuration;
    }

    /// <summary>The variables of an <c>"env"</c> object.</summary>
    /// <param name="node">The object.</param>
    /// <param name="allowReserved">True for a container, which has none of ours.</param>
    internal static List<EnvEntry> ReadEnv(ConfigurationNode node, bool allowReserved = false)
    {
        var entries = new List<EnvEntry>();
        foreach (var (name, value) in node.AnyMembers("\"env\""))
        {
            RequireVariableName(name, value, allowReserved);
            entries.Add(new EnvEntry(name, value.Scalar($"the value of '{name}'"), value));
        }
        return entries;
    }

    /// <summary>Refuses a name that a shell could not set (POSIX, "Name").</summary>
    internal static void RequireVariableName(
        string name,
        ConfigurationNode node,
        bool allowReserved = false
    )
    {
        if (!VariableName().IsMatch(name))
        {
            throw node.Error(
                ErrorCatalogue.InvalidValue,
                $"'{name}' is no name of an environment variable. Use letters, digits and underscores, no digit first."
            );
        }
        if (!allowReserved && ReservedNames.Contains(name, StringComparer.Ordinal))
        {
            throw node.Error(
                ErrorCatalogue.DuplicateKey,
                $"'{name}' is set by Worktree.Hooks itself. Choose another name."
            );
        }
    }

    /// <summary>The variables that every block has.</summary>
    internal static readonly string[] ReservedNames =
    [
        "WORKTREE_NAME",
        "COMPOSE_PROJECT_NAME",
        "WORKTREE_HOST",
        "WORKTREE_CERTIFICATE",
        "WORKTREE_CERTIFICATE_KEY",
    ];

    private static string ReadProject(ConfigurationNode node)
    {
        var project = node.NonEmptyString("\"project\"");
        return Names.ForCompose(project).Length > 0
            ? project
            : throw node.Error(
                ErrorCatalogue.InvalidValue,
                $"'{project}' cannot be the project: nothing of it is left in a Compose project name. "
                    + "Use at least one letter from a to z or digit."
            );
    }

    private static void RequireDistinctVariables(WorktreeConfiguration configuration)
    {
        var ports = configuration.Ports.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        if (configuration.Env.FirstOrDefault(e => ports.Contains(e.Name)) is { } twice)
        {
            throw twice.Source.Error(
                ErrorCatalogue.DuplicateKey,
                $"'{twice.Name}' is named twice: under \"ports\" and under \"env\". Rename one of the two."
            );
        }
    }

    [GeneratedRegex(
        @"^[A-Za-z_][A-Za-z0-9_]*\z",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex VariableName();
}
