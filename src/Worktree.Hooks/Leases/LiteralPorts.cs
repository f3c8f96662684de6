using System.Globalization;
using Worktree.Hooks.Configuration;

namespace Worktree.Hooks.Leases;

/// <summary>
/// Ports that a compose file names outright. In a lease they stand beside the variables, by that port: no variable's
/// name begins with a digit.
/// </summary>
internal static class LiteralPorts
{
    /// <summary>Where a worktree's ports for them lie: below the ports that systems hand out by themselves.</summary>
    public static readonly PortRange Range = new(20000, 29999);

    /// <summary>The key in a lease.</summary>
    public static string KeyOf(int literal) => literal.ToString(CultureInfo.InvariantCulture);

    /// <summary>The literal ports of a lease, with what the worktree has in their place.</summary>
    public static IReadOnlyDictionary<int, int> Of(Lease? lease)
    {
        var ports = new Dictionary<int, int>();
        foreach (var (key, port) in lease?.Ports ?? new Dictionary<string, int>())
        {
            if (int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var literal))
            {
                ports[literal] = port;
            }
        }
        return ports;
    }
}
