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

    /// <summary>Prints the last lines and what comes, also of later starts, until it is cancelled; that is no error.</summary>
    public static void Follow(
        IReadOnlyList<(string Service, string Path)> logs,
        int lines,
        LogLines output,
        CancellationToken cancellation
    )
    {
        var followed = logs.Select(l => new FollowedLog(
                l.Path,
                line => output.Print(l.Service, line)
            ))
            .ToList();
        try
        {
            followed.ForEach(l => l.PrintLast(lines));
            while (!cancellation.WaitHandle.WaitOne(200))
            {
                followed.ForEach(l => l.PrintNew());
            }
        }
        finally
        {
            followed.ForEach(l => l.Dispose());
        }
    }
}
