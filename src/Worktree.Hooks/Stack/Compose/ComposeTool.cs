using System.ComponentModel;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>Docker Compose on this machine: the plugin, or its standalone program.</summary>
/// <param name="Command">The program and its first words.</param>
/// <param name="Version">Its version; null for a build that has none.</param>
internal sealed record ComposeTool(IReadOnlyList<string> Command, ComposeVersion? Version)
{
    private const string WithoutIt =
        "Ports, .env.local and databases work without it, and so do \"services\" in worktree.json.";

    /// <summary>True where <c>!override</c> and <c>!reset</c> are understood.</summary>
    public bool KnowsOverrides => Version?.IsAtLeast(ComposeVersion.FirstWithOverride) ?? true;

    /// <summary>The Compose of this machine.</summary>
    /// <exception cref="WorktreeHooksException">WTH5031: there is none, or only version 1.</exception>
    public static ComposeTool Require(HostEnvironment environment)
    {
        var docker = OnPath(environment, "docker");
        var plugin = docker is null ? null : AskPlugin(environment, docker);
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

    // Docker in front of its plugin takes up to a tenth of a second at each call.
    private static ComposeTool? AskPlugin(HostEnvironment environment, string docker) =>
        (ComposePlugin.Find(environment, docker) is { } file ? Ask(environment, [file]) : null)
        ?? Ask(environment, [docker, "compose"]);

    private static string? OnPath(HostEnvironment environment, string name) =>
        ProgramSearch.OnPath(environment, OperatingSystem.IsWindows() ? name + ".exe" : name);

    private static ComposeTool? Ask(HostEnvironment environment, IReadOnlyList<string> command)
    {
        try
        {
            var answer = ChildProcess.Run(
                environment,
                environment.CurrentDirectory,
                command[0],
                [.. command.Skip(1), "version", "--short"]
            );
            return answer.ExitCode == 0
                ? new ComposeTool(command, ComposeVersion.Parse(answer.Output))
                : null;
        }
        catch (Win32Exception)
        {
            return null; // it is damaged, or made for another machine
        }
    }
}
