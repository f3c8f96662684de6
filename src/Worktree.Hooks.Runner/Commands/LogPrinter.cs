using System.Text;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Runner.Commands;

/// <summary>Prints logs, and follows them as they grow.</summary>
internal static class LogPrinter
{
    /// <summary>Prints the last lines of each log; with several, each line says whose it is.</summary>
    /// <param name="logs">Services and their log files, whether these exist yet or not.</param>
    /// <param name="lines">How many of the last lines.</param>
    /// <param name="follow">Go on until <paramref name="cancellation"/>.</param>
    /// <param name="cancellation">Ends the following; that is no error.</param>
    public static void Print(
        IReadOnlyList<(string Service, string Path)> logs,
        int lines,
        bool follow,
        CancellationToken cancellation
    )
    {
        var prefixes = logs.ToDictionary(
            l => l.Service,
            l => logs.Count > 1 ? $"{l.Service} | " : "",
            StringComparer.Ordinal
        );
        var ends = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (service, path) in logs)
        {
            ends[service] = File.Exists(path) ? new FileInfo(path).Length : 0;
            foreach (var line in ServiceLog.Tail(path, lines))
            {
                Terminal.Answer(prefixes[service] + line);
            }
        }
        while (follow && !cancellation.WaitHandle.WaitOne(200))
        {
            foreach (var (service, path) in logs.Where(l => File.Exists(l.Path)))
            {
                ends[service] = PrintFrom(path, ends[service], prefixes[service]);
            }
        }
    }

    // A log that shrank belongs to a new start and is read from its beginning.
    private static long PrintFrom(string path, long from, string prefix)
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
            Terminal.Answer(prefix + line);
        }
        return stream.Position - buffer.Length + length;
    }
}

/// <summary>Chooses services by name.</summary>
internal static class ServiceNames
{
    /// <summary>The named service, or all of them.</summary>
    /// <exception cref="WorktreeHooksException">WTH5005: there is no such service.</exception>
    public static IReadOnlyList<string> Choose(string? name, IReadOnlyList<string> all) =>
        name is null ? all
        : all.Contains(name) ? [name]
        : throw new WorktreeHooksException(
            ErrorCatalogue.NoSuchService,
            $"'{name}' is no service of worktree.json.{NearestName.Hint(name, all)}"
        );
}
