using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>Where a worktree answers, and whether a browser shows it.</summary>
/// <param name="Worktree">The worktree's name.</param>
/// <param name="Url">The URL to look at.</param>
/// <param name="Opened">True where a browser was started with it.</param>
internal sealed record WorktreeUrl(string Worktree, string Url, bool Opened)
{
    /// <summary>The URL of a worktree, opened in the browser if one is wanted and there.</summary>
    /// <exception cref="WorktreeHooksException">WTH5050: there is no such worktree. WTH5053: it has no web port.</exception>
    public static WorktreeUrl Open(
        HostEnvironment environment,
        string folder,
        string? named,
        bool inBrowser,
        Narrator narrator
    )
    {
        var worktree = WorktreeChoice.Require(environment, folder, named, narrator);
        var url =
            worktree.Row is { } row && Preferred(row) is { } preferred
                ? preferred
                : throw NoUrl(worktree);
        var log = Path.Combine(row.Checkout.StateDirectory, "browser.log");
        return new WorktreeUrl(
            worktree.Name,
            url,
            inBrowser && Browser.TryOpen(environment, url, log)
        );
    }

    // What a service listens on comes before what is only reserved, and https before http.
    private static string? Preferred(WorktreeRow row)
    {
        var used = KnownWorktree
            .Of(row.Checkout)
            .Configuration.Services.SelectMany(s => s.Ports)
            .ToHashSet(StringComparer.Ordinal);
        return row
            .Urls.OrderByDescending(u => used.Contains(u.Key))
            .ThenByDescending(u => u.Value.StartsWith("https:", StringComparison.Ordinal))
            .FirstOrDefault()
            .Value;
    }

    private static WorktreeHooksException NoUrl(ChosenWorktree worktree) =>
        new(
            ErrorCatalogue.NoUrl,
            worktree.Row is null ? $"the folder of '{worktree.Name}' ('{worktree.Root}') is gone."
                : worktree.Row.Ports.Count == 0
                    ? $"'{worktree.Name}' has no ports yet. Build it, or run 'dotnet worktree allocate' in '{worktree.Root}'."
                : $"none of the ports of '{worktree.Name}' ({string.Join(", ", worktree.Row.Ports.Keys)}) is a web port: name one HTTPS…, HTTP…, APP… or WEB…."
        );
}
