using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>Ports of a compose project in the hands of others.</summary>
internal static class ComposeHeldPorts
{
    /// <summary>The variable or literal that a port of this worktree stands for; null for any other port.</summary>
    public static string? NameOf(Allocation allocation, int port) =>
        allocation.Ports.FirstOrDefault(p => p.Port == port)?.Variable.Name
        ?? (
            allocation.LiteralPorts.FirstOrDefault(p => p.Value == port) is { Key: > 0 } literal
                ? LiteralPorts.KeyOf(literal.Key)
                : null
        );

    /// <summary>Who listens on a port: a container and its project, or a process.</summary>
    public static string Holder(
        HostEnvironment environment,
        ContainerEngine engine,
        int port,
        CancellationToken cancellation
    )
    {
        var container = engine
            .Containers(cancellation)
            .FirstOrDefault(c => c.Ports.Any(p => p.HostPort == port));
        return container is null ? PortHolder.Describe(environment, port) ?? "another program"
            : container.Label(ComposeStack.ProjectLabel) is { } project
                ? $"container {container} of project '{project}'"
            : $"container {container}";
    }
}
