using System.Globalization;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>
/// Ports of a compose project in the hands of others: those of a linked worktree are replaced, main's are not. Of a
/// remote engine only the engine itself knows which ports are held.
/// </summary>
internal sealed class ComposeHeldPorts(
    HostEnvironment environment,
    ContainerEngine engine,
    Func<IReadOnlySet<int>, PreparedCompose> prepareWithout,
    Narrator narrator,
    CancellationToken cancellation
)
{
    /// <summary>The project with a port of its own in the place of each that is held.</summary>
    /// <param name="prepared">The project.</param>
    /// <param name="running">Its services that run, and hold their ports themselves.</param>
    /// <param name="refused">A port that the engine could not have, whoever holds it.</param>
    /// <exception cref="WorktreeHooksException">WTH2006: a port of main, or one that has no name, is held.</exception>
    public PreparedCompose Replace(
        PreparedCompose prepared,
        IReadOnlySet<string> running,
        int? refused = null
    )
    {
        var wanted = prepared
            .Enabled.Where(s => !running.Contains(s.Key))
            .SelectMany(s => s.Value.Ports)
            .ToLookup(
                p => int.TryParse(p.Published, CultureInfo.InvariantCulture, out var n) ? n : 0,
                p => p.Protocol ?? EnginePort.Tcp
            );
        var holders = engine.Containers(cancellation);
        var held = wanted
            .Where(p => p.Key > 0)
            .Where(p => p.Key == refused || IsHeld(p) || HolderOf(p, holders) is not null)
            .ToDictionary(p => p.Key, p => Words(p, HolderOf(p, holders)));
        if (held.Count == 0)
        {
            return prepared;
        }
        if (FirstToKeep(prepared.Allocation, held.Keys) is { } kept)
        {
            var holder = HolderOf(wanted.Single(p => p.Key == kept), holders);
            throw Refused(prepared.Allocation, kept, held[kept], holder);
        }
        var replaced = prepareWithout(held.Keys.ToHashSet());
        foreach (var (port, holder) in held)
        {
            narrator.Warn(
                new Diagnostic(
                    ErrorCatalogue.PortReplaced,
                    $"'{NameOf(prepared.Allocation, port)}' was {port}, and {holder} listens on it; this "
                        + "worktree has another one from now on. Nothing needs to be done."
                )
            );
        }
        return replaced;
    }

    /// <summary>The variable or literal that a port of this worktree stands for; null for any other port.</summary>
    public static string? NameOf(Allocation allocation, int port) =>
        allocation.Ports.FirstOrDefault(p => p.Port == port)?.Variable.Name
        ?? (
            allocation.LiteralPorts.FirstOrDefault(p => p.Value == port) is { Key: > 0 } literal
                ? LiteralPorts.KeyOf(literal.Key)
                : null
        );

    private static int? FirstToKeep(Allocation allocation, IEnumerable<int> ports) =>
        ports
            .Order()
            .Where(p => allocation.Identity.IsMain || NameOf(allocation, p) is null)
            .Cast<int?>()
            .FirstOrDefault();

    // What this user may not listen on, the engine mostly may: it says so itself where it may not; and so it does of
    // protocols that are not probed here.
    private bool IsHeld(IGrouping<int, string> port) =>
        !engine.IsRemote
        && port.Contains(EnginePort.Tcp)
        && PortProbe.Probe(port.Key) == PortState.Busy;

    private static EngineContainer? HolderOf(
        IGrouping<int, string> port,
        IReadOnlyList<EngineContainer> containers
    ) =>
        containers.FirstOrDefault(c =>
            c.Ports.Any(p => p.HostPort == port.Key && port.Contains(p.Protocol))
        );

    private string Words(IGrouping<int, string> port, EngineContainer? holder) =>
        holder is not null ? ForeignContainer.Words(holder)
        : engine.IsRemote ? "another program there"
        : (port.Contains(EnginePort.Tcp) ? PortHolder.Describe(environment, port.Key) : null)
            ?? "another program";

    private static WorktreeHooksException Refused(
        Allocation allocation,
        int port,
        string words,
        EngineContainer? holder
    )
    {
        var name = NameOf(allocation, port) is { } known ? $" ('{known}')" : "";
        var remedy = holder is null
            ? "Stop that"
            : ForeignContainer.Remedy(holder, allocation.Identity.Checkout.Root);
        return new WorktreeHooksException(
            ErrorCatalogue.MainPortHeld,
            $"the compose file publishes port {port}{name}, and {words} listens on it. {remedy}, or choose "
                + "another port."
        );
    }
}

/// <summary>A container that is none of this stack and is in its way.</summary>
internal static class ForeignContainer
{
    /// <summary><c>container 'old-db-1' (postgres:15) of project 'old'</c>.</summary>
    public static string Words(EngineContainer container) =>
        container.Label(ComposeStack.ProjectLabel) is { } project
            ? $"container {container} of project '{project}'"
            : $"container {container}";

    /// <summary>The command that stops it; without a full stop.</summary>
    /// <param name="container">The container.</param>
    /// <param name="root">This worktree: its own stack may run under a former project name.</param>
    public static string Remedy(EngineContainer container, string root) =>
        container.Label(ComposeStack.ProjectLabel) is not { } project
            ? $"Stop it ('docker stop {container.Name}')"
        : ComposeOwner.IsFrom(root, container)
            ? $"It was started from this folder, as project '{project}': stop it ('docker compose --project-name {project} "
                + "down', which leaves volumes and data)"
        : $"Stop it ('docker compose --project-name {project} stop')";
}
