using System.Text;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Runner.Commands;

/// <summary>Prints the log files of processes, and follows them as they grow.</summary>
internal static class LogPrinter
{
    /// <summary>Prints the last lines of each log.</summary>
    /// <param name="logs">Services and their log files, whether these exist yet or not.</param>
    /// <param name="lines">How many of the last lines.</param>
    /// <param name="output">Prints them.</param>
    public static void Print(
        IReadOnlyList<(string Service, string Path)> logs,
        int lines,
        LogLines output
    )
    {
        foreach (var (service, path) in logs)
        {
            foreach (var line in ServiceLog.Tail(path, lines))
            {
                output.Print(service, line);
            }
        }
    }

    /// <summary>Prints the last lines and what comes, until it is cancelled; that is no error.</summary>
    public static void Follow(
        IReadOnlyList<(string Service, string Path)> logs,
        int lines,
        LogLines output,
        CancellationToken cancellation
    )
    {
        var ends = logs.ToDictionary(
            l => l.Service,
            l => File.Exists(l.Path) ? new FileInfo(l.Path).Length : 0,
            StringComparer.Ordinal
        );
        Print(logs, lines, output);
        while (!cancellation.WaitHandle.WaitOne(200))
        {
            foreach (var (service, path) in logs.Where(l => File.Exists(l.Path)))
            {
                ends[service] = PrintFrom(path, ends[service], l => output.Print(service, l));
            }
        }
    }

    // A log that shrank belongs to a new start and is read from its beginning.
    private static long PrintFrom(string path, long from, Action<string> print)
    {
        using var stream = new FileStream(
            path,
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete
        );
        stream.Seek(stream.Length < from ? 0 : from, SeekOrigin.Begin);
        var buffer = new byte[stream.Length - stream.Position];
        stream.ReadExactly(buffer);
        // Only whole lines: the rest is printed when it is complete.
        var length = Array.LastIndexOf(buffer, (byte)'\n') + 1;
        foreach (var line in Encoding.UTF8.GetString(buffer, 0, length).Split('\n')[..^1])
        {
            print(line);
        }
        return stream.Position - buffer.Length + length;
    }
}
