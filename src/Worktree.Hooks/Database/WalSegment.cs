using System.Globalization;

namespace Worktree.Hooks.Database;

/// <summary>Names of WAL segments: timeline, log and segment in hexadecimal, 24 digits.</summary>
internal static class WalSegment
{
    /// <summary>The number of digits of a name.</summary>
    public const int NameLength = 24;

    /// <summary>The segment that holds the byte before a position.</summary>
    /// <param name="position">An LSN, such as <c>0/2000138</c>.</param>
    /// <param name="label">The backup label, whose first line names a segment of the same timeline.</param>
    /// <param name="bytes">The size of a segment.</param>
    public static string Of(string position, string label, long bytes)
    {
        var number = (Position(position) - 1) / (ulong)bytes;
        return Name(FirstOf(label)[..8], number, bytes);
    }

    /// <summary>Where a copy's recovery begins: <c>START WAL LOCATION: 0/2000028 (file 0000…02)</c>.</summary>
    public static ulong StartOfBackup(string label)
    {
        const string Key = "START WAL LOCATION: ";
        var at = label.IndexOf(Key, StringComparison.Ordinal) + Key.Length;
        return Position(label[at..label.IndexOf(' ', at)]);
    }

    /// <summary>The first segment that the copy needs: <c>START WAL LOCATION: 0/2000028 (file 0000…02)</c>.</summary>
    public static string FirstOf(string label)
    {
        var at = label.IndexOf("(file ", StringComparison.Ordinal) + "(file ".Length;
        return label.Substring(at, NameLength);
    }

    /// <summary>All names from one to another of the same timeline.</summary>
    public static IEnumerable<string> Range(string first, string last, long bytes)
    {
        for (var number = NumberOf(first, bytes); number <= NumberOf(last, bytes); number++)
        {
            yield return Name(first[..8], number, bytes);
        }
    }

    /// <summary>The segment that begins at a position.</summary>
    /// <param name="start">The position of its first byte.</param>
    /// <param name="timeline">A name of the same timeline.</param>
    /// <param name="bytes">The size of a segment.</param>
    public static string NameAt(ulong start, string timeline, long bytes) =>
        Name(timeline[..8], start / (ulong)bytes, bytes);

    /// <summary>The position of a segment's first byte.</summary>
    public static ulong StartOf(string name, long bytes) => NumberOf(name, bytes) * (ulong)bytes;

    private static ulong Position(string lsn)
    {
        var parts = lsn.Split('/');
        return (Hex(parts[0]) << 32) + Hex(parts[1]);
    }

    private static ulong NumberOf(string name, long bytes) =>
        (Hex(name[8..16]) * PerLog(bytes)) + Hex(name[16..]);

    private static string Name(string timeline, ulong number, long bytes) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{timeline}{number / PerLog(bytes):X8}{number % PerLog(bytes):X8}"
        );

    private static ulong PerLog(long bytes) => (1UL << 32) / (ulong)bytes;

    private static ulong Hex(string digits) =>
        ulong.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
