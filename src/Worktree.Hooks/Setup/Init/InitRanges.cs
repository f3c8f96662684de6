using Worktree.Hooks.Configuration;

namespace Worktree.Hooks.Setup;

/// <summary>Chooses the ranges for linked worktrees: near main's port where there is room.</summary>
internal static class InitRanges
{
    private const int Width = 99;
    private const int FirstUnprivileged = 1024;

    // Above it, Linux and others hand out ports to connections that go out (ip_local_port_range, IANA's dynamic ports).
    private const int FirstEphemeral = 32768;

    /// <summary>A variable for each port; no two ranges overlap and none contains a main port.</summary>
    public static IReadOnlyList<PortVariable> Choose(IReadOnlyList<FoundPort> ports)
    {
        var mains = ports.Select(p => p.Main).ToHashSet();
        var chosen = new List<PortVariable>();
        foreach (var port in ports)
        {
            var range = Candidates(port)
                .First(r => !mains.Any(r.Contains) && !chosen.Exists(v => v.Range.Overlaps(r)));
            chosen.Add(new PortVariable(port.Name, port.Main, range));
        }
        return chosen;
    }

    private static IEnumerable<PortRange> Candidates(FoundPort port)
    {
        var known = PortVariable.Defaults.FirstOrDefault(d => d.Main == port.Main);
        if (known is not null)
        {
            yield return known.Range;
        }
        // 80 has its worktrees at 8081 and up.
        var first = port.Main < FirstUnprivileged ? 8000 + port.Main + 1 : port.Main + 1;
        for (; first + Width <= FirstEphemeral; first += Width + 1)
        {
            yield return new PortRange(first, first + Width - 1);
        }
        for (first = FirstUnprivileged; first + Width <= 65536; first += Width + 1)
        {
            yield return new PortRange(first, first + Width - 1);
        }
    }
}
