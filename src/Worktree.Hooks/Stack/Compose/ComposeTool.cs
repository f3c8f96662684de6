using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>Docker Compose on this machine: the plugin, or its standalone program.</summary>
internal sealed class ComposeTool
{
    private const string WithoutIt =
        "Ports, .env.local and databases work without it, and so do \"services\" in worktree.json.";

    private readonly Lazy<ComposeVersion?> version;

    private ComposeTool(IReadOnlyList<string> command, Func<ComposeVersion?> version)
    {
        Command = command;
        this.version = new Lazy<ComposeVersion?>(version);
    }

    /// <summary>The program and its first words.</summary>
    public IReadOnlyList<string> Command { get; }

    /// <summary>Its version; null for a build that has none. It is asked for once, when it is first wanted.</summary>
    public ComposeVersion? Version => version.Value;

    /// <summary>True where <c>!override</c> and <c>!reset</c> are understood.</summary>
    public bool KnowsOverrides => Version?.IsAtLeast(ComposeVersion.FirstWithOverride) ?? true;

    /// <summary>The Compose of this machine.</summary>
    /// <exception cref="WorktreeHooksException">WTH5031: there is none, or only version 1.</exception>
    public static ComposeTool Require(HostEnvironment environment)
    {
        var docker = OnPath(environment, "docker");
        if (docker is not null && ComposePlugin.Find(environment, docker) is { } file)
        {
            // No plugin is of version 1: its version need not be asked to know that it will do.
            string[] command = [file];
            return new ComposeTool(command, () => Ask(environment, command)?.Version);
        }
        var plugin = docker is null ? null : Ask(environment, [docker, "compose"]);
        if (plugin is { Version: null or { Major: >= 2 } })
        {
            return plugin;
        }
        var standalone = OnPath(environment, "docker-compose") is { } program
            ? Ask(environment, [program])
            : null;
        if (standalone?.Version is { Major: >= 2 })
        {
            return standalone;
        }
        var found =
            (plugin ?? standalone)?.Version is { } old
                ? $"Docker Compose {old} is too old to start this stack: version 1 cannot recreate containers on today's engines"
            : docker is not null
                ? "'docker compose' is not there: this docker has no Compose plugin"
            : "'docker' is not on the PATH";
        throw new WorktreeHooksException(
            ErrorCatalogue.ComposeUnavailable,
            $"{found}. Install Docker Compose {ComposeVersion.FirstWithOverride} or later "
                + $"(https://docs.docker.com/compose/install/). {WithoutIt}"
        );
    }

    private static string? OnPath(HostEnvironment environment, string name) =>
        ProgramSearch.OnPath(environment, OperatingSystem.IsWindows() ? name + ".exe" : name);

    private static ComposeTool? Ask(HostEnvironment environment, IReadOnlyList<string> command)
    {
        var answer = ChildProcess.Run(
            environment,
            environment.CurrentDirectory,
            command[0],
            [.. command.Skip(1), "version", "--short"]
        );
        var found = ComposeVersion.Parse(answer.Output);
        return answer.ExitCode == 0 ? new ComposeTool(command, () => found) : null;
    }
}
