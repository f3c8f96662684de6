using System.Text;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Runner.Commands;

/// <summary>The log file of a process that is read as it grows. Each start of the service has a file of its own under the same name.</summary>
/// <param name="path">The file, whether it exists yet or not.</param>
/// <param name="print">Told each whole line.</param>
internal sealed class FollowedLog(string path, Action<string> print) : IDisposable
{
    // Open for as long as it is followed: no other file can have its number meanwhile.
    private FileStream? file;
    private FileStat? identity;

    /// <summary>Prints the last lines of what is there; what comes is printed from there on.</summary>
    public void PrintLast(int lines)
    {
        if (!Open())
        {
            return;
        }
        foreach (var line in ServiceLog.Tail(file!, lines))
        {
            print(line);
        }
    }

    /// <summary>Prints what was written since, to its end, and then what a later start has written.</summary>
    public void PrintNew()
    {
        if (file is null && !Open())
        {
            return;
        }
        PrintRest(isAtEnd: false);
        if (!IsReplaced())
        {
            return;
        }
        PrintRest(isAtEnd: true); // what came between
        Dispose();
        if (Open())
        {
            PrintRest(isAtEnd: false);
        }
    }

    public void Dispose()
    {
        file?.Dispose();
        file = null;
    }

    private bool Open()
    {
        try
        {
            file = new FileStream(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete
            );
            identity = OperatingSystem.IsWindows()
                ? FileStat.TryOf(path)
                : FileStat.Of(file.SafeFileHandle);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false; // the service was not started yet, or a start is just making it
        }
    }

    // Windows: a file that is made soon after another of its name is gone has that one's time, and only its size tells.
    private bool IsReplaced() =>
        FileStat.TryOf(path) is { } now
        && identity is not null
        && (!now.IsSameFile(identity) || now.Size < file!.Position);

    // Only whole lines, while somebody may write on: the rest is printed when it is complete.
    private void PrintRest(bool isAtEnd)
    {
        var from = file!.Length < file.Position ? 0 : file.Position; // somebody may empty it
        file.Position = from;
        var buffer = new byte[file.Length - from];
        file.ReadExactly(buffer);
        var length = isAtEnd ? buffer.Length : Array.LastIndexOf(buffer, (byte)'\n') + 1;
        var text = Encoding.UTF8.GetString(buffer, 0, length);
        foreach (var line in text.Length == 0 ? [] : text.TrimEnd('\n').Split('\n'))
        {
            print(line);
        }
        file.Position = from + length;
    }
}
