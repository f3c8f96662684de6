using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Worktree.Hooks.Platform;

/// <summary>What a child process left: its exit code and everything it wrote.</summary>
internal sealed record ProcessResult(int ExitCode, string Output, string ErrorOutput);

/// <summary>
/// The one door for processes that we wait for. Inherited <c>GIT_*</c> variables are removed: a hook's
/// <c>GIT_DIR</c> would make git answer for another repository (githooks(5)).
/// </summary>
internal static class ChildProcess
{
    /// <summary>Runs a program to its end and captures what it writes; its standard input is empty.</summary>
    /// <param name="environment">Where its variables come from.</param>
    /// <param name="workingDirectory">The folder it runs in.</param>
    /// <param name="fileName">The program, looked up on PATH.</param>
    /// <param name="arguments">Its arguments, passed as they are: no shell takes them apart.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be started.</exception>
    public static ProcessResult Run(
        HostEnvironment environment,
        string workingDirectory,
        string fileName,
        params IReadOnlyList<string> arguments
    ) => Run(environment, workingDirectory, fileName, CancellationToken.None, arguments);

    /// <summary>The same; a cancellation ends the program and what it started.</summary>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static ProcessResult Run(
        HostEnvironment environment,
        string workingDirectory,
        string fileName,
        CancellationToken cancellation,
        params IReadOnlyList<string> arguments
    )
    {
        using var process = StartCaptured(environment, workingDirectory, fileName, arguments);
        using var ending = cancellation.Register(() => Kill(process));
        process.StandardInput.Close();
        var errorOutput = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        return new ProcessResult(process.ExitCode, output, errorOutput.GetAwaiter().GetResult());
    }

    /// <summary>
    /// Runs a program to its end and hands on each line of its output while it runs. Its standard input is open until a
    /// cancellation, which closes it: the program is meant to end by itself then, and is waited for.
    /// </summary>
    /// <returns>Its exit code and what it wrote to standard error; the output was handed on.</returns>
    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be started.</exception>
    public static ProcessResult RunTelling(
        HostEnvironment environment,
        string workingDirectory,
        string fileName,
        IReadOnlyList<string> arguments,
        Action<string> line,
        CancellationToken cancellation
    )
    {
        using var process = StartCaptured(environment, workingDirectory, fileName, arguments);
        using var ending = cancellation.Register(process.StandardInput.Close);
        var errorOutput = process.StandardError.ReadToEndAsync(CancellationToken.None);
        while (process.StandardOutput.ReadLine() is { } text)
        {
            line(text);
        }
        process.WaitForExit();
        return new ProcessResult(process.ExitCode, "", errorOutput.GetAwaiter().GetResult());
    }

    /// <summary>Runs a program on this process's own terminal with exactly these variables; returns its exit code.</summary>
    public static int RunAttached(
        IReadOnlyDictionary<string, string> variables,
        string workingDirectory,
        string fileName,
        IReadOnlyList<string> arguments
    )
    {
        var start = new ProcessStartInfo(fileName, arguments)
        {
            WorkingDirectory = workingDirectory,
            UseShellExecute = false,
        };
        SetEnvironment(start, variables);
        using var process = StartNow(start);
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>The variables without git's own, which name a repository that need not be ours.</summary>
    public static Dictionary<string, string> WithoutGit(
        IReadOnlyDictionary<string, string> variables
    ) =>
        variables
            .Where(v => !v.Key.StartsWith("GIT_", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(v => v.Key, v => v.Value, StringComparer.Ordinal);

    private static Process StartCaptured(
        HostEnvironment environment,
        string workingDirectory,
        string fileName,
        IReadOnlyList<string> arguments
    )
    {
        var start = new ProcessStartInfo(fileName, arguments)
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            UseShellExecute = false,
        };
        SetEnvironment(start, WithoutGit(environment.Variables));
        return StartNow(start);
    }

    private static void SetEnvironment(
        ProcessStartInfo start,
        IReadOnlyDictionary<string, string> variables
    )
    {
        start.Environment.Clear();
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }
    }

    // It may end by itself at the same moment; whoever cancels must not hear of that.
    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e)
            when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // What still runs is waited for.
        }
    }

    private static Process StartNow(ProcessStartInfo start)
    {
#pragma warning disable RS0030 // the one door
        return Process.Start(start)!;
#pragma warning restore RS0030
    }
}
