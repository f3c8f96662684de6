using System.Globalization;
using Worktree.Hooks.Configuration;

namespace Worktree.Hooks.Setup;

/// <summary>A port that the repository uses already.</summary>
/// <param name="Name">The variable that it has, or is to have.</param>
/// <param name="Main">The port: main keeps it.</param>
/// <param name="Source">The file that says so, for people.</param>
internal sealed record FoundPort(string Name, int Main, string Source)
{
    /// <summary>The number of a port; null for anything else.</summary>
    public static int? Parse(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
        && port is >= 1 and <= 65535
            ? port
            : null;

    /// <summary>A name as environment variables have it: <c>My.Api</c> is <c>MY_API</c>.</summary>
    public static string VariableName(string text)
    {
        var name = string.Concat(
                text.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_')
            )
            .Trim('_');
        return name.Length > 0 && char.IsAsciiDigit(name[0]) ? $"_{name}" : name;
    }
}

/// <summary>
/// What all files together say: one variable for each port number, and further names of the same number.
/// </summary>
internal sealed class FoundPorts
{
    private readonly List<FoundPort> ports = [];
    private readonly List<(string Name, string SameAs)> aliases = [];

    /// <summary>In the order in which they were found.</summary>
    public IReadOnlyList<FoundPort> Ports => ports;

    /// <summary>Variables that hold another one's port.</summary>
    public IReadOnlyList<(string Name, string SameAs)> Aliases => aliases;

    /// <summary>
    /// Adds a port under a name that the repository uses itself. Where another variable has the number, the name
    /// becomes an alias of it; a name that is there with another number stays with the first.
    /// </summary>
    public void AddNamed(FoundPort port)
    {
        if (IsKnown(port.Name) || ConfigurationReader.ReservedNames.Contains(port.Name))
        {
            return;
        }
        if (ports.Find(p => p.Main == port.Main) is { } same)
        {
            aliases.Add((port.Name, same.Name));
        }
        else
        {
            ports.Add(port);
        }
    }

    /// <summary>Adds a port that has no name yet; where the proposed one is taken, the second proposal is used.</summary>
    public void AddUnnamed(FoundPort port, string otherName)
    {
        if (!ports.Exists(p => p.Main == port.Main))
        {
            ports.Add(IsKnown(port.Name) ? port with { Name = otherName } : port);
        }
    }

    private bool IsKnown(string name) =>
        ports.Exists(p => p.Name == name) || aliases.Exists(a => a.Name == name);
}
