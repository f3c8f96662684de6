using System.Text;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Runner;

/// <summary>The one owner of the console: the answer goes to standard output, narration to standard error.</summary>
internal sealed class Terminal : Narrator
{
    private readonly TimeProvider clock;
    private readonly bool redraws;
    private long lastProgress;
    private bool progressIsShown;

    /// <summary>The terminal of this process.</summary>
    public Terminal(HostEnvironment environment)
    {
        clock = environment.Clock;
#pragma warning disable RS0030 // the one file that owns the console
        var isDumb = environment.Variable("TERM") is "dumb";
        redraws = !Console.IsErrorRedirected && !isDumb;
        HasColor =
            !Console.IsOutputRedirected && !isDumb && environment.Variable("NO_COLOR") is null;
        Width = Console.IsOutputRedirected ? 0 : Console.WindowWidth;
#pragma warning restore RS0030
    }

    /// <summary>
    /// True where the answer may have colours, links and lines that are drawn anew: a terminal that is not
    /// <c>TERM=dumb</c>, and no <c>NO_COLOR</c> (no-color.org).
    /// </summary>
    public bool HasColor { get; }

    /// <summary>The columns of the terminal, or 0 where the answer goes to a file or a pipe.</summary>
    public int Width { get; }

    /// <summary>
    /// Asks for a yes or no; null where nobody can be asked, as standard input is no terminal. Nothing but a yes is one.
    /// </summary>
    public bool? Ask(string question)
    {
        EndProgress();
#pragma warning disable RS0030 // the one file that owns the console
        if (Console.IsInputRedirected)
        {
            return null;
        }
        Console.Error.Write($"{question} [y/N] ");
        var answer = Console.In.ReadLine()?.Trim();
#pragma warning restore RS0030
        return string.Equals(answer, "y", StringComparison.OrdinalIgnoreCase)
            || string.Equals(answer, "yes", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Prints a line of the answer.</summary>
    public static void Answer(string line)
    {
#pragma warning disable RS0030 // the one file that owns the console
        Console.Out.WriteLine(line);
#pragma warning restore RS0030
    }

    /// <summary>Writes UTF-8 from now on, whatever the locale says: for a reader that expects it.</summary>
    public static void SpeakUtf8()
    {
#pragma warning disable RS0030 // the one file that owns the console
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
#pragma warning restore RS0030
    }

    /// <summary>Calls when nobody holds the other end of standard input any more; what is written to it is not read.</summary>
    public static void WhenInputEnds(Action action)
    {
        var reader = new Thread(() =>
        {
#pragma warning disable RS0030 // the one file that owns the console
            using var input = Console.OpenStandardInput();
#pragma warning restore RS0030
            try
            {
                input.CopyTo(Stream.Null);
            }
            catch (IOException)
            {
                // It is as good as ended.
            }
            action();
        })
        {
            IsBackground = true,
        };
        reader.Start();
    }

    public override void Say(string line)
    {
        EndProgress();
        Error($"worktree-hooks: {line}");
    }

    public override void Warn(Diagnostic diagnostic)
    {
        EndProgress();
        Error($"worktree-hooks: warning: {diagnostic}");
    }

    /// <summary>Says what stopped the command.</summary>
    public void Fail(Diagnostic diagnostic)
    {
        EndProgress();
        Error($"worktree-hooks: {diagnostic}");
    }

    /// <summary>Prints a line to standard error as it is.</summary>
    public static void Error(string line)
    {
#pragma warning disable RS0030 // the one file that owns the console
        Console.Error.WriteLine(line);
#pragma warning restore RS0030
    }

    public override void Progress(CopyProgress progress)
    {
        // A terminal redraws its line ten times a second; a file or a pipe gets a line every five seconds.
        var pause = TimeSpan.FromSeconds(redraws ? 0.1 : 5);
        var now = clock.GetTimestamp();
        if (lastProgress != 0 && clock.GetElapsedTime(lastProgress, now) < pause)
        {
            return;
        }
        lastProgress = now;
        var line = $"worktree-hooks: {progress.Text}";
        if (!redraws)
        {
            Error(line);
            return;
        }
        progressIsShown = true;
#pragma warning disable RS0030 // the one file that owns the console
        // A line that wraps could not be drawn over.
        var width = Console.WindowWidth;
        Console.Error.Write(
            $"\r{(width > 1 && line.Length >= width ? line[..(width - 1)] : line)}\e[K"
        );
#pragma warning restore RS0030
    }

    private void EndProgress()
    {
        if (progressIsShown)
        {
            progressIsShown = false;
#pragma warning disable RS0030 // the one file that owns the console
            Console.Error.Write("\r\e[K");
#pragma warning restore RS0030
        }
    }
}
