using System.Collections.Concurrent;
using System.Diagnostics;

namespace Worktree.Hooks.EndToEnd.Tests.Packages;

/// <summary>A command that starts a web server and does not end by itself; killed, with its children, at the end.</summary>
internal sealed class RunningServer : IDisposable
{
    private const string Listening = "Now listening on: ";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process process;
    private readonly BlockingCollection<string> lines = [];
    private readonly List<string> seen = [];

    /// <summary>Starts it in a folder of a consumer.</summary>
    public RunningServer(
        Consumer consumer,
        string folder,
        (string Name, string Value)[] variables,
        string program,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment.Clear();
        foreach (var (name, value) in consumer.EnvironmentWith(variables).Variables)
        {
            start.Environment[name] = value;
        }
        process = Process.Start(start)!;
        process.OutputDataReceived += Add;
        process.ErrorDataReceived += Add;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The first addresses that it says it listens on, in order of the alphabet.</summary>
    public IReadOnlyList<string> Addresses(int count)
    {
        var addresses = new List<string>();
        var deadline = Stopwatch.StartNew();
        while (addresses.Count < count)
        {
            var left = Patience - deadline.Elapsed;
            string? line = null;
            Assert.True(
                left > TimeSpan.Zero && lines.TryTake(out line, left),
                $"it does not listen:\n{string.Join('\n', seen)}"
            );
            seen.Add(line!);
            Assert.False(line == End, string.Join('\n', seen));
            var at = line!.IndexOf(Listening, StringComparison.Ordinal);
            if (at >= 0)
            {
                addresses.Add(line[(at + Listening.Length)..].Trim());
            }
        }
        return [.. addresses.Order(StringComparer.Ordinal)];
    }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
        lines.Dispose();
    }

    private const string End = "(it ended)";

    private void Add(object sender, DataReceivedEventArgs received)
    {
        try
        {
            lines.Add(received.Data ?? End);
        }
        catch (ObjectDisposedException)
        {
            // The last lines come while it is killed.
        }
    }
}
