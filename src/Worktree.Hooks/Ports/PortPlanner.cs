using Worktree.Hooks.Configuration;

namespace Worktree.Hooks.Ports;

/// <summary>
/// Chooses a port by the order of choice: the one that the worktree has, the hash, the next free one. It asks nobody:
/// who holds what is passed in.
/// </summary>
internal static class PortPlanner
{
    /// <summary>The port for one variable of a linked worktree, or null where every port of the range is taken.</summary>
    /// <param name="range">The variable's range.</param>
    /// <param name="projectName">The unsuffixed name that the hash is taken of.</param>
    /// <param name="own">Ports that were the worktree's before, best first; they are kept without being probed, as its own stack may hold them.</param>
    /// <param name="isOthers">True for a port that is leased to somebody else or is a main port.</param>
    /// <param name="isFree">True for a port that nobody listens on; asked only for ports that are nobody's.</param>
    public static int? Choose(
        PortRange range,
        string projectName,
        IEnumerable<int> own,
        Func<int, bool> isOthers,
        Func<int, bool> isFree
    )
    {
        foreach (var port in own)
        {
            if (range.Contains(port) && !isOthers(port))
            {
                return port;
            }
        }
        foreach (var port in Candidates(range, projectName))
        {
            if (!isOthers(port) && isFree(port))
            {
                return port;
            }
        }
        return null;
    }

    /// <summary>
    /// Every port of a range once: from the hash on, wrapping round, and those that browsers refuse at the end.
    /// </summary>
    public static IEnumerable<int> Candidates(PortRange range, string projectName)
    {
        var start = StableHash.Offset(projectName, range.Count);
        var inOrder = Enumerable
            .Range(0, range.Count)
            .Select(i => range.First + (start + i) % range.Count);
        return inOrder
            .Where(p => !BrowserPorts.AreRefusing(p))
            .Concat(inOrder.Where(BrowserPorts.AreRefusing));
    }
}
