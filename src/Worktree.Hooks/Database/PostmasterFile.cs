using System.Globalization;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// <c>postmaster.pid</c> of a data directory: its lines are process id, data directory, start time, port, first socket
/// folder, first listen address (PostgreSQL's miscadmin.h, LOCK_FILE_LINE_*).
/// </summary>
/// <param name="Content">The whole file: no two starts of a server have the same.</param>
/// <param name="Port">The port, 0 where there is none.</param>
/// <param name="SocketFolder">The folder of the Unix socket as the server sees it; empty where it has none.</param>
/// <param name="ListenAddress">The first address that it listens on; empty where it listens on none.</param>
internal sealed record PostmasterFile(
    string Content,
    int Port,
    string SocketFolder,
    string ListenAddress
)
{
    /// <summary>Its name in a data directory.</summary>
    public const string FileName = "postmaster.pid";

    /// <summary>Reads it; null where there is none.</summary>
    /// <exception cref="SourceUnreadableException">It may not be read.</exception>
    public static PostmasterFile? TryRead(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, FileName);
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new SourceUnreadableException(path, e);
        }
    }

    private static PostmasterFile Parse(string content)
    {
        var lines = content.Split('\n', StringSplitOptions.TrimEntries);
        var port = int.TryParse(
            lines.ElementAtOrDefault(3),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : 0;
        return new PostmasterFile(
            content,
            port,
            lines.ElementAtOrDefault(4) ?? "",
            lines.ElementAtOrDefault(5) ?? ""
        );
    }
}
