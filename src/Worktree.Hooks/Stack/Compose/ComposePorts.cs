using System.Globalization;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;

namespace Worktree.Hooks.Stack;

/// <summary>Which published ports of a compose file are the same in every worktree, and what takes their place.</summary>
internal sealed class ComposePorts
{
    private readonly ComposeReading reading;
    private readonly HashSet<int> leased;
    private readonly HashSet<string> published;
    private readonly HashSet<int> publishedInMain;

    /// <summary>Looks at both readings.</summary>
    public ComposePorts(ComposeReading reading)
    {
        this.reading = reading;
        leased = [.. reading.Allocation.Ports.Select(p => p.Port)];
        var ofMain = (reading.AsMain?.Services.Values ?? [])
            .SelectMany(s => s.Ports)
            .Select(p => p.Published)
            .OfType<string>();
        published = ofMain.ToHashSet(StringComparer.Ordinal);
        publishedInMain = [.. published.Select(SinglePort).OfType<int>()];
    }

    /// <summary>
    /// The host ports for which no variable stands, so that the worktree needs one of its own for each. In main it is
    /// all that are no variable's, so that no other worktree gets them.
    /// </summary>
    public static IReadOnlySet<int> Literals(ComposeReading reading)
    {
        var ports = new ComposePorts(reading);
        var isMain = reading.AsMain is null;
        var variables = reading.Allocation.Ports.Select(p => isMain ? p.Port : p.Variable.Main);
        return reading
            .Own.Services.Values.SelectMany(s => s.Ports.Where(p => isMain || ports.IsFixed(p)))
            .Select(p => FirstPort(p.Published))
            .OfType<int>()
            .Except(variables)
            .ToHashSet();
    }

    /// <summary>All ports of a service with those replaced that are fixed; null where none is.</summary>
    public IReadOnlyList<ComposePort>? Replace(
        string name,
        ComposeService service,
        List<string> notes
    )
    {
        if (!service.Ports.Any(IsFixed))
        {
            return null;
        }
        var replaced = new List<ComposePort>();
        foreach (var port in service.Ports)
        {
            var own = IsFixed(port) ? OwnPort(port, service) : port.Published;
            replaced.Add(port with { Published = own });
            if (own != port.Published)
            {
                notes.Add(
                    $"{name}: host port {port.Published} is {own ?? "chosen by the engine"} here"
                );
            }
        }
        return replaced;
    }

    /// <summary>Refuses a service on the host's network that listens where main's does.</summary>
    /// <exception cref="WorktreeHooksException">WTH5034.</exception>
    public void RequireOwnPortsOnHostNetwork(string name, ComposeService service)
    {
        if (service.NetworkMode != "host" || leased.Any(p => service.Mentions(Text(p))))
        {
            return;
        }
        var variable =
            reading.Allocation.Ports.Count > 0
                ? reading.Allocation.Ports[0].Variable.Name
                : "APP_PORT";
        throw new WorktreeHooksException(
            ErrorCatalogue.ComposeNotSeparable,
            $"service '{name}' has 'network_mode: host' and nothing in it names a port of this worktree, so it would "
                + "listen where main's does. Take 'network_mode: host' away and publish its ports, or give it its port by "
                + $"a variable in 'environment' or 'command' (for example ${{{variable}}})."
        );
    }

    private string? OwnPort(ComposePort port, ComposeService service)
    {
        if (SinglePort(port.Published!) is null && service.Replicas > 1)
        {
            return null; // one range for several containers: ranges are not leased
        }
        var literal = FirstPort(port.Published)!.Value;
        var variable = reading.Allocation.Ports.FirstOrDefault(p => p.Variable.Main == literal);
        return Text(variable?.Port ?? reading.Allocation.LiteralPorts[literal]);
    }

    private bool IsFixed(ComposePort port)
    {
        if (reading.AsMain is null || FirstPort(port.Published) is null)
        {
            return false;
        }
        return SinglePort(port.Published!) is { } single
            ? publishedInMain.Contains(single) && !leased.Contains(single)
            : published.Contains(port.Published!);
    }

    private static int? SinglePort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
        && port > 0
            ? port
            : null;

    private static int? FirstPort(string? text) =>
        text is null ? null : SinglePort(text.Split('-')[0]);

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
