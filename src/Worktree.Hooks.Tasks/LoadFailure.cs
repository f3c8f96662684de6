using Microsoft.Build.Utilities;

namespace Worktree.Hooks.Tasks;

/// <summary>
/// A library of ours that the runtime cannot load: the package was not unpacked whole, or something took a file away.
/// Said without our own library, which may be the one.
/// </summary>
internal static class LoadFailure
{
    // As in build/Worktree.Hooks.proj, which says it where this assembly itself cannot be loaded.
    private const string Code = "WTH9002";
    private const string Name = "TasksUnavailable";

    /// <summary>True for what the runtime throws where a library is missing or damaged.</summary>
    public static bool Is(Exception exception) =>
        exception
            is BadImageFormatException
                or FileLoadException
                or TypeLoadException
                or TypeInitializationException
        // A file that somebody wants to read is named by its path, an assembly by its name.
        || exception is FileNotFoundException { FileName: { } name }
            && name.Contains(", Version=", StringComparison.Ordinal);

    /// <summary>Says it: a warning before a build, which goes on, and an error of a command.</summary>
    /// <returns>What the task returns.</returns>
    public static bool Report(TaskLoggingHelper log, Exception exception, bool isWarning)
    {
        var folder = Path.GetDirectoryName(typeof(LoadFailure).Assembly.Location);
        var cause = (exception.InnerException ?? exception).Message.ReplaceLineEndings(" ").Trim();
        var text =
            $"{Name}: a library of Worktree.Hooks in '{folder}' cannot be loaded: {cause} Delete the package's folder and restore "
            + "again. Until then, builds leave .env.local and the database as they are.";
        if (isWarning)
        {
            log.LogWarning(null, Code, null, null, 0, 0, 0, 0, "{0}", text);
            return true;
        }
        log.LogError(null, Code, null, null, 0, 0, 0, 0, "{0}", text);
        return false;
    }
}
