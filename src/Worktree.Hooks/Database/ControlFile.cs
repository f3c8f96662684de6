using System.Security.Cryptography;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// <c>global/pg_control</c>, held back until a copy is whole: without it no server starts ("could not open control
/// file", whatever else is there).
/// </summary>
/// <param name="Content">Its bytes.</param>
/// <param name="Like">Its owner, mode and times.</param>
internal sealed record ControlFile(byte[] Content, FileStat Like)
{
    // Not in "global", where PostgreSQL's own tools wonder about names that they do not know.
    private const string NewName = "pg_control.worktree-hooks-new";
    private const string AsideName = "pg_control.worktree-hooks-aside";

    /// <summary>The next transaction id and the hash of the content: a start and stop changes the hash alone.</summary>
    public static string Fingerprint(byte[] content) =>
        $"{ControlData.TryParse(content)?.NextTransaction}|{Convert.ToHexStringLower(SHA256.HashData(content))}";

    /// <summary>Reads the file of a stopped server.</summary>
    public static ControlFile Read(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, PostgresRules.ControlFile);
        return new ControlFile(File.ReadAllBytes(path), FileStat.TryOf(path)!);
    }

    /// <summary>Reads the file of a running server: a write of it may be under way, so only one whose checksum holds counts.</summary>
    /// <exception cref="SourceChangedException">It has no valid checksum for a while.</exception>
    public static ControlFile ReadRunning(string dataDirectory)
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var read = Read(dataDirectory);
            if (ControlChecksum.Holds(read.Content))
            {
                return read;
            }
            Thread.Yield();
        }
        throw new SourceChangedException(
            $"'{Path.Combine(dataDirectory, PostgresRules.ControlFile)}' has no valid checksum"
        );
    }

    /// <summary>Makes a copy startable, in one step.</summary>
    public void PutInto(string copy)
    {
        var path = Path.Combine(copy, PostgresRules.ControlFile);
        var folder = Path.GetDirectoryName(path)!;
        var folderStat = FileStat.TryOf(folder)!;
        var temporary = Path.Combine(copy, NewName);
        File.Delete(Path.Combine(copy, AsideName));
        WriteAs(temporary, Content, Like);
        File.Move(temporary, path, overwrite: true);
        FileMetadata.Apply(folder, folderStat); // its times are main's
    }

    /// <summary>Makes a database unstartable, until <see cref="PutBack"/> or <see cref="PutInto"/>.</summary>
    public static void PutAside(string dataDirectory) =>
        File.Move(
            Path.Combine(dataDirectory, PostgresRules.ControlFile),
            Path.Combine(dataDirectory, AsideName),
            overwrite: true
        );

    /// <summary>Undoes <see cref="PutAside"/>.</summary>
    public static void PutBack(string dataDirectory) =>
        File.Move(
            Path.Combine(dataDirectory, AsideName),
            Path.Combine(dataDirectory, PostgresRules.ControlFile)
        );

    /// <summary>Writes a file that does not exist yet, with another's owner, mode and times.</summary>
    public static void WriteAs(string path, byte[] content, FileStat like)
    {
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.Write(file, content, 0);
        }
        FileMetadata.Apply(path, like);
    }
}
