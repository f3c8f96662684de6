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
        var plugin = Ask(environment, ["docker", "compose"], out var hasDocker);
        if (plugin is { Version: null or { Major: >= 2 } })
        {
            return plugin;
        }
        var standalone = Ask(environment, ["docker-compose"], out _);
        if (standalone?.Version is { Major: >= 2 })
        {
            return standalone;
        }
        var found =
            (plugin ?? standalone)?.Version is { } old
                ? $"Docker Compose {old} is too old to start this stack: version 1 cannot recreate containers on today's engines"
            : hasDocker ? "'docker compose' is not there: this docker has no Compose plugin"
            : "'docker' is not on the PATH";
        throw new WorktreeHooksException(
            ErrorCatalogue.ComposeUnavailable,
            $"{found}. Install Docker Compose {ComposeVersion.FirstWithOverride} or later "
                + $"(https://docs.docker.com/compose/install/). {WithoutIt}"
        );
    }

    private static ComposeTool? Ask(
        HostEnvironment environment,
        IReadOnlyList<string> command,
        out bool isThere
    )
    {
        var name = OperatingSystem.IsWindows() ? command[0] + ".exe" : command[0];
        var program = ProgramSearch.OnPath(environment, name);
        isThere = program is not null;
        if (program is null)
        {
            return null;
        }
        var answer = ChildProcess.Run(
            environment,
            environment.CurrentDirectory,
            program,
            [.. command.Skip(1), "version", "--short"]
        );
        return answer.ExitCode == 0
            ? new ComposeTool([program, .. command.Skip(1)], ComposeVersion.Parse(answer.Output))
            : null;
    }
}
