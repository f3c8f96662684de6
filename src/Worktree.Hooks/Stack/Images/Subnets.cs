using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using Worktree.Hooks.Ports;

namespace Worktree.Hooks.Stack;

/// <summary>
/// Small address ranges for the networks of worktrees: an engine cuts its own pools into large pieces, which end at about
/// 30 networks.
/// </summary>
internal static class Subnets
{
    // Rarely used by anybody, and 4096 pieces of 16 addresses.
    private static readonly IPNetwork Pool = new(IPAddress.Parse("10.201.0.0"), 16);

    // The network's own address, its broadcast and the engine's.
    private const int Overhead = 3;

    /// <summary>Ranges that overlap with none that is taken, the project's own first.</summary>
    /// <param name="projectName">Where to begin: the same project gets the same range, if it is free.</param>
    /// <param name="hosts">How many addresses are needed.</param>
    /// <param name="taken">The ranges of networks of the engine and of this machine.</param>
    public static IEnumerable<string> Free(
        string projectName,
        int hosts,
        IReadOnlyCollection<IPNetwork> taken
    )
    {
        var size = 16;
        while (size - Overhead < hosts)
        {
            size *= 2;
        }
        var prefix = 32 - int.Log2(size);
        var count = (1 << (32 - Pool.PrefixLength)) / size;
        var first = StableHash.Offset(projectName, count);
        return Enumerable
            .Range(0, count)
            .Select(i => PieceAt((first + i) % count * size, prefix))
            .Where(piece => !taken.Any(t => Overlap(t, piece)))
            .Select(piece => piece.ToString());
    }

    /// <summary>The ranges that lead somewhere from this machine: its own addresses, and the routes of a VPN.</summary>
    public static IEnumerable<IPNetwork> OfThisMachine() =>
        NetworkInterface
            .GetAllNetworkInterfaces()
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Where(a => a.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork)
            .Select(a => NetworkOf(a.Address, a.PrefixLength))
            .Concat(Routes());

    /// <summary>The ranges as networks; what is no IPv4 range is left out.</summary>
    public static IEnumerable<IPNetwork> Parse(IEnumerable<string> subnets) =>
        subnets
            .Select(s => IPNetwork.TryParse(s, out var network) ? network : default)
            .Where(n => n.PrefixLength > 0);

    private static IPNetwork PieceAt(int offset, int prefix)
    {
        var bytes = Pool.BaseAddress.GetAddressBytes();
        bytes[2] += (byte)(offset >> 8);
        bytes[3] += (byte)offset;
        return new IPNetwork(new IPAddress(bytes), prefix);
    }

    private static bool Overlap(IPNetwork a, IPNetwork b) =>
        a.Contains(b.BaseAddress) || b.Contains(a.BaseAddress);

    // proc(5): interface, destination and gateway in the machine's byte order, …, the mask in the eighth column.
    private static IEnumerable<IPNetwork> Routes()
    {
        if (!File.Exists("/proc/net/route"))
        {
            return [];
        }
        return File.ReadLines("/proc/net/route")
            .Skip(1)
            .Select(line => line.Split('\t', StringSplitOptions.TrimEntries))
            .Where(columns => columns.Length > 7)
            .Select(columns => (Destination: Number(columns[1]), Mask: Number(columns[7])))
            .Where(route => route.Mask != 0) // the default route leads everywhere
            .Select(route =>
                NetworkOf(new IPAddress(route.Destination), int.PopCount((int)route.Mask))
            );
    }

    private static uint Number(string hexadecimal) =>
        uint.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static IPNetwork NetworkOf(IPAddress address, int prefix)
    {
        var bytes = address.GetAddressBytes();
        for (var bit = prefix; bit < 32; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }
        return new IPNetwork(new IPAddress(bytes), prefix);
    }
}
