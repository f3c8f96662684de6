using System.ComponentModel;

namespace Worktree.Hooks.Platform;

/// <summary>Work that nobody waits for, which goes on when the command has ended.</summary>
internal static class DetachedShell
{
    /// <summary>Starts a script of the system's <c>sh</c>; its output goes nowhere.</summary>
    /// <param name="environment">The environment of the process.</param>
    /// <param name="script">The script; its arguments are <c>$1</c> and so on.</param>
    /// <param name="arguments">The arguments.</param>
    /// <returns>False where there is no shell, or nothing can be started.</returns>
    public static bool TryStart(
        HostEnvironment environment,
        string script,
        params string[] arguments
    )
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }
        try
        {
            DetachedProcess.Start(
                new DetachedStart(
                    ["/bin/sh", "-c", script, "sh", .. arguments],
                    "/",
                    environment.Variables,
                    "/dev/null"
                )
            );
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or Win32Exception)
        {
            return false;
        }
    }
}
