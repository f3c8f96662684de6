using System.Numerics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>The fields of <c>global/pg_control</c> that a copy goes by (pg_control.h, PostgreSQL 12 to 18).</summary>
/// <param name="State">DBState: 1 is a clean shutdown, 2 one of a standby.</param>
/// <param name="Redo">Where a start begins to replay.</param>
/// <param name="NextTransaction">The next full transaction id at the last checkpoint: moves with every commit that writes.</param>
internal sealed record ControlData(uint State, ulong Redo, ulong NextTransaction)
{
    private const int Needed = 72;

    /// <summary>True where the server was stopped in order.</summary>
    public bool IsShutDown => State == 1;

    /// <summary>Reads the file's content; null for a version whose layout is not known.</summary>
    public static ControlData? TryParse(ReadOnlySpan<byte> content)
    {
        if (content.Length < Needed || BitConverter.ToUInt32(content[8..]) is < 1201 or > 1899)
        {
            return null;
        }
        return new ControlData(
            BitConverter.ToUInt32(content[16..]),
            BitConverter.ToUInt64(content[40..]),
            BitConverter.ToUInt64(content[64..])
        );
    }

    /// <summary>Reads the file of a data directory; null where it is not there or not understood.</summary>
    /// <exception cref="SourceUnreadableException">It may not be read.</exception>
    public static ControlData? TryRead(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, PostgresRules.ControlFile);
        try
        {
            return TryParse(File.ReadAllBytes(path));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new SourceUnreadableException(path, e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}

/// <summary>The checksum of <c>pg_control</c>: CRC-32C of all bytes before it.</summary>
internal static class ControlChecksum
{
    // Its place differs between versions; the structure has about 300 bytes in all of them.
    private const int Shortest = 200;
    private const int Longest = 512;

    /// <summary>True where some place in the structure holds the checksum of what stands before it.</summary>
    public static bool Holds(ReadOnlySpan<byte> content)
    {
        var crc = uint.MaxValue;
        for (var at = 0; at < Math.Min(Longest, content.Length - sizeof(uint)); at++)
        {
            if (
                at >= Shortest
                && at % sizeof(uint) == 0
                && BitConverter.ToUInt32(content[at..]) == ~crc
            )
            {
                return true;
            }
            crc = BitOperations.Crc32C(crc, content[at]);
        }
        return false;
    }
}
