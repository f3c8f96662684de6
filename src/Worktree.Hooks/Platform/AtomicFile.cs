using System.Text;

namespace Worktree.Hooks.Platform;

/// <summary>
/// Replaces files whole: a reader, or a machine that dies, sees the old content or the new one. Writers of one file
/// take turns under a lock of theirs, so that its temporary neighbour has one name and the next writer clears it up.
/// </summary>
internal static class AtomicFile
{
    private static readonly UTF8Encoding PlainUtf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>What is appended to a file's name for its temporary neighbour.</summary>
    public const string TemporarySuffix = ".worktree-hooks-tmp";

    /// <summary>Writes text as UTF-8 without a byte order mark; otherwise as <see cref="Write"/>.</summary>
    public static void WriteText(string path, string content) =>
        Write(path, PlainUtf8.GetBytes(content));

    /// <summary>
    /// Writes a temporary file beside <paramref name="path"/>, flushes it to the disk and renames it over.
    /// A file that is there keeps its Unix mode, also a read-only one.
    /// </summary>
    /// <param name="path">The file; its folder must exist. A symbolic link is replaced, not followed.</param>
    /// <param name="content">The whole new content.</param>
    /// <param name="mode">The mode of a file that is not there yet; null leaves it to the umask.</param>
    /// <exception cref="IOException">The disk is full or failed: the old file is untouched.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written: the old file is untouched.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode? mode = null)
    {
        var temporary = path + TemporarySuffix;
        // A killed writer may have left one that is read-only.
        File.Delete(temporary);
        try
        {
            using (
                var stream = new FileStream(
                    temporary,
                    FileMode.Create,
                    FileAccess.Write,
                    FileShare.None,
                    bufferSize: 0
                )
            )
            {
                stream.Write(content);
                KeepMode(path, temporary, mode);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static void KeepMode(string path, string temporary, UnixFileMode? mode)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        if (File.Exists(path))
        {
            File.SetUnixFileMode(temporary, File.GetUnixFileMode(path));
        }
        else if (mode is { } chosen)
        {
            File.SetUnixFileMode(temporary, chosen);
        }
    }
}
