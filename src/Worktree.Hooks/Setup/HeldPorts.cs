using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>A port that the stack needs and cannot have.</summary>
internal sealed record HeldPort(PortVariable Variable, int Port, PortState State)
{
    /// <summary>Who holds it, where that is known already.</summary>
    public string? Holder { get; init; }
}

/// <summary>What is said about ports in the hands of strangers: main's are never replaced, a worktree's are.</summary>
internal static class HeldPorts
{
    /// <summary>The error for main: WTH2008 where this user may not listen, else WTH2006 with the holder.</summary>
    public static WorktreeHooksException Refuse(
        HostEnvironment environment,
        IReadOnlyList<HeldPort> held
    )
    {
        if (held.FirstOrDefault(h => h.State == PortState.Denied) is { } denied)
        {
            return new WorktreeHooksException(
                ErrorCatalogue.PortDenied,
                $"'{denied.Variable.Name}' is {denied.Port}, and this user may not listen on it. Allow it ('sysctl "
                    + $"net.ipv4.ip_unprivileged_port_start={denied.Port}'), or choose another \"main\" port for "
                    + $"'{denied.Variable.Name}' in worktree.json."
            );
        }
        var first = held[0];
        return new WorktreeHooksException(
            ErrorCatalogue.MainPortHeld,
            $"'{first.Variable.Name}' is {first.Port} in the main worktree, and {HolderOf(environment, first)} listens on it. "
                + $"Stop that, or choose another \"main\" port for '{first.Variable.Name}' in worktree.json."
        );
    }

    /// <summary>WTH2007 for each replaced port of a linked worktree.</summary>
    public static void SayReplaced(
        HostEnvironment environment,
        IReadOnlyList<HeldPort> held,
        Allocation allocation,
        Narrator narrator
    )
    {
        foreach (var former in held)
        {
            var now = allocation.Ports.First(p => p.Variable.Name == former.Variable.Name).Port;
            narrator.Warn(
                new Diagnostic(
                    ErrorCatalogue.PortReplaced,
                    $"'{former.Variable.Name}' was {former.Port}, and {HolderOf(environment, former)} listens on it; it is {now} "
                        + "from now on, also in .env.local. Nothing needs to be done."
                )
            );
        }
    }

    private static string HolderOf(HostEnvironment environment, HeldPort held) =>
        held.Holder ?? PortHolder.Describe(environment, held.Port) ?? "another program";
}
