using System.Text;
using Worktree.Hooks.Git;

namespace Worktree.Hooks.Stack;

/// <summary>A service's log file in the private git dir: one for the running start, one for the start before.</summary>
internal static class ServiceLog
{
    /// <summary>How many last lines <see cref="Said"/> looks at.</summary>
    public const int LinesToRead = 100;

    private const int LinesToTell = 10;
    private const int TailBytes = 64 * 1024;

    /// <summary>The log of a service.</summary>
    public static string PathOf(Checkout checkout, string service) =>
        Path.Combine(checkout.StateDirectory, "logs", $"{service}.log");

    /// <summary>Moves the former start's log to <c>.1</c>, so that the file holds one start alone.</summary>
    public static void Begin(Checkout checkout, string service)
    {
        var path = PathOf(checkout, service);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (File.Exists(path))
        {
            File.Move(path, path + ".1", overwrite: true);
        }
    }

    /// <summary>Last lines as a part of a message: ten, from the reason on where a .NET program died of an exception.</summary>
    /// <param name="lines">The last <see cref="LinesToRead"/> lines or fewer.</param>
    public static string Said(IReadOnlyList<string> lines)
    {
        // What is called from where comes after the reason, indented, and is longer than what is told here.
        var reason = lines
            .Index()
            .LastOrDefault(l =>
                l.Item.StartsWith("Unhandled exception", StringComparison.Ordinal)
                && lines.Skip(l.Index + 1).All(next => char.IsWhiteSpace(next[0]))
            );
        var told = reason.Item is null
            ? lines.TakeLast(LinesToTell)
            : lines.Skip(reason.Index).Take(LinesToTell);
        return lines.Count == 0
            ? " It wrote nothing."
            : $" It said last:\n  {string.Join("\n  ", told)}\n ";
    }

    /// <summary>The last lines of a log; none where there is no log.</summary>
    public static IReadOnlyList<string> Tail(string path, int lines)
    {
        if (!File.Exists(path))
        {
            return [];
        }
        // The service goes on writing while we read.
        using var stream = new FileStream(
            path,
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete
        );
        return Tail(stream, lines);
    }

    /// <summary>The last lines of an open log, which is read to its end.</summary>
    public static IReadOnlyList<string> Tail(Stream log, int lines)
    {
        log.Seek(-Math.Min(log.Length, TailBytes), SeekOrigin.End);
        using var reader = new StreamReader(log, Encoding.UTF8, leaveOpen: true);
        return
        [
            .. reader.ReadToEnd().TrimEnd().Split('\n').Where(l => l.Length > 0).TakeLast(lines),
        ];
    }
}
