using System.Text.Json.Serialization;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>One worktree of a repository, as tables and JSON show it. Ports are empty until it has a lease.</summary>
internal sealed record WorktreeRow(
    string Name,
    bool Main,
    bool Current,
    string Root,
    string? Branch,
    string? ProjectName,
    string? Host,
    IReadOnlyDictionary<string, int> Ports
)
{
    /// <summary>Where it lies and where git keeps it.</summary>
    [JsonIgnore]
    public required Checkout Checkout { get; init; }

    /// <summary>True where its stack ever had containers.</summary>
    [JsonIgnore]
    public bool HasContainers { get; init; }

    /// <summary>The URLs that its web ports answer on once the stack runs.</summary>
    public IReadOnlyDictionary<string, string> Urls => WebUrls.Of(Host, Ports);
}

/// <summary>All worktrees of the repository that a folder lies in.</summary>
internal sealed record WorktreeReport(string Project, IReadOnlyList<WorktreeRow> Worktrees)
{
    /// <summary>Reads git's list and the leases; changes nothing.</summary>
    public static WorktreeReport Query(
        HostEnvironment environment,
        string folder,
        Narrator narrator
    )
    {
        var (current, configuration) = WorktreeSetup.Identify(folder);
        var common = current.Checkout.CommonDirectory;
        var leases = LeaseStore
            .Open(environment, common, narrator)
            .Query()
            .ToDictionary(l => l.GitDirectory, StringComparer.Ordinal);
        var checkouts = WorktreeList.Checkouts(common).ToList();
        if (!checkouts.Exists(c => c.GitDirectory == current.Checkout.GitDirectory))
        {
            // The main worktree of a --separate-git-dir repository stands in no list.
            checkouts.Insert(0, current.Checkout);
        }
        var rows = checkouts.Select(checkout =>
        {
            var identity = WorktreeIdentity.Of(checkout, configuration.Project, configuration.Main);
            var lease = leases.GetValueOrDefault(checkout.GitDirectory);
            return new WorktreeRow(
                identity.Name,
                identity.IsMain,
                checkout.GitDirectory == current.Checkout.GitDirectory,
                checkout.Root,
                checkout.Branch,
                lease?.ProjectName,
                lease?.Host,
                lease?.Ports ?? new Dictionary<string, int>(StringComparer.Ordinal)
            )
            {
                Checkout = checkout,
                HasContainers = lease?.HasContainers ?? false,
            };
        });
        return new WorktreeReport(current.Project, [.. rows.OrderByDescending(r => r.Main)]);
    }

    /// <summary>The table of <c>ports</c>: a row for each worktree, a column for each variable.</summary>
    public ReportTable PortsTable()
    {
        var names = Worktrees
            .SelectMany(w => w.Ports.Keys)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        var rows = Worktrees.Select(w =>
            (IReadOnlyList<string>)
                [
                    w.Current ? $"{w.Name} *" : w.Name,
                    .. names.Select(n => w.Ports.TryGetValue(n, out var port) ? $"{port}" : "–"),
                    w.Urls.Values.FirstOrDefault()
                        ?? (w.Ports.Count == 0 ? "no ports yet: build it, or run 'allocate'" : ""),
                ]
        );
        return new ReportTable(["worktree", .. names, "url"], [.. rows]);
    }
}

/// <summary>A table as values: the command line draws it, a build prints it as lines.</summary>
internal sealed record ReportTable(
    IReadOnlyList<string> Header,
    IReadOnlyList<IReadOnlyList<string>> Rows
)
{
    /// <summary>The table as lines of plain text in columns.</summary>
    public IEnumerable<string> ToLines()
    {
        var all = Rows.Prepend(Header).ToList();
        var widths = Header.Select((_, column) => all.Max(row => row[column].Length)).ToList();
        return all.Select(row =>
            string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()
        );
    }
}

/// <summary>Which ports are web ports, told from the variable's name, and their URLs.</summary>
internal static class WebUrls
{
    /// <summary>
    /// URLs by variable: <c>HTTPS…</c> serves https, <c>HTTP…</c>, <c>APP…</c> and <c>WEB…</c> serve http; others have
    /// none. Empty without a host name.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Of(
        string? host,
        IReadOnlyDictionary<string, int> ports
    )
    {
        var urls = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, port) in ports)
        {
            if (host is not null && SchemeOf(name) is { } scheme)
            {
                var isDefault = port == (scheme == "https" ? 443 : 80);
                urls[name] = isDefault ? $"{scheme}://{host}" : $"{scheme}://{host}:{port}";
            }
        }
        return urls;
    }

    /// <summary>True where the variable's port serves https.</summary>
    public static bool IsSecure(string name) => SchemeOf(name) == "https";

    private static string? SchemeOf(string name) =>
        name.StartsWith("HTTPS", StringComparison.Ordinal) ? "https"
        : name.StartsWith("HTTP", StringComparison.Ordinal)
        || name.StartsWith("APP", StringComparison.Ordinal)
        || name.StartsWith("WEB", StringComparison.Ordinal)
            ? "http"
        : null;
}
