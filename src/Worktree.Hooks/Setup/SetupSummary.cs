using System.Globalization;

namespace Worktree.Hooks.Setup;

/// <summary>What a person sees of a worktree that was set up: the same lines from the hook, a build and the command line.</summary>
internal static class SetupSummary
{
    /// <summary>
    /// <c>worktree-hooks: feature-x of webserver</c>, a line for each port with its URL, and one for each database that
    /// was copied.
    /// </summary>
    public static IEnumerable<string> Lines(SetupResult setup)
    {
        var allocation = setup.Allocation;
        var identity = allocation.Identity;
        yield return $"worktree-hooks: {identity.Name} of {identity.Project}";

        var ports = allocation.Ports.ToDictionary(
            p => p.Variable.Name,
            p => p.Port,
            StringComparer.Ordinal
        );
        var urls = WebUrls.Of(allocation.Host, ports);
        var nameWidth = ports.Keys.Select(name => name.Length).Append(0).Max();
        var portWidth = ports.Values.Select(port => Digits(port).Length).Append(0).Max();
        foreach (var (name, port) in ports)
        {
            var line = $"  {name.PadRight(nameWidth)}  {Digits(port).PadLeft(portWidth)}";
            yield return urls.TryGetValue(name, out var url) ? $"{line}  {url}" : line;
        }
    }

    private static string Digits(int port) => port.ToString(CultureInfo.InvariantCulture);
}
