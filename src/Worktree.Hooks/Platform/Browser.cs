using System.ComponentModel;

namespace Worktree.Hooks.Platform;

/// <summary>The user's web browser, where this machine has one to show.</summary>
internal static class Browser
{
    /// <summary>Opens a URL and does not wait; false where there is no browser, or no screen to show it on.</summary>
    public static bool TryOpen(HostEnvironment environment, string url, string logFile)
    {
        if (CommandFor(environment, url) is not { } command)
        {
            return false;
        }
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(logFile)!);
            DetachedProcess.Start(
                new DetachedStart(
                    command,
                    environment.CurrentDirectory,
                    environment.Variables,
                    logFile
                )
            );
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or Win32Exception)
        {
            return false;
        }
    }

    private static IReadOnlyList<string>? CommandFor(HostEnvironment environment, string url)
    {
        // $BROWSER is a list in the order of preference, as xdg-open(1) reads it.
        if (environment.Variable("BROWSER")?.Split(':')[0] is { Length: > 0 } chosen)
        {
            return [chosen, url];
        }
        if (OperatingSystem.IsWindows())
        {
            return ["rundll32", "url.dll,FileProtocolHandler", url];
        }
        if (OperatingSystem.IsMacOS())
        {
            return ["open", url];
        }
        if (environment.Variable("WSL_DISTRO_NAME") is not null)
        {
            return ["wslview", url];
        }
        var hasScreen =
            environment.Variable("DISPLAY") is not null
            || environment.Variable("WAYLAND_DISPLAY") is not null;
        return hasScreen ? ["xdg-open", url] : null;
    }
}
