using System.Text.RegularExpressions;
using Worktree.Hooks.Configuration;

namespace Worktree.Hooks.Setup;

/// <summary>Finds this machine's ports in addresses and connection strings.</summary>
internal sealed partial class LocalPorts(IReadOnlyList<PortVariable> variables)
{
    private const string Postgres = "POSTGRES_PORT";

    /// <summary>
    /// The value with <c>${NAME}</c> in place of main's ports on this machine; null where it names none. A <c>$</c> of
    /// its own is doubled, as worktree.json wants it.
    /// </summary>
    public string? Fill(string value)
    {
        if (!Local().IsMatch(value))
        {
            return null;
        }
        var literal = value.Replace("$", "$$", StringComparison.Ordinal);
        var filled = Port().Replace(literal, Reference);
        if (
            filled == literal
            && NpgsqlHost().IsMatch(value)
            && !PortKey().IsMatch(value)
            && variables.FirstOrDefault(v => v.Name == Postgres) is { Main: 5432 }
        )
        {
            filled = $"{literal.TrimEnd().TrimEnd(';')};Port=${{{Postgres}}}";
        }
        return filled == literal ? null : filled;
    }

    private string Reference(Match match)
    {
        var port = FoundPort.Parse(match.Groups["port"].Value);
        var variable = variables.FirstOrDefault(v => v.Main == port);
        return variable is null
            ? match.Value
            : $"{match.Groups["before"].Value}${{{variable.Name}}}";
    }

    [GeneratedRegex(
        @"(?<![\w.-])(localhost|127\.0\.0\.1|\[::1\])(?![\w.-])",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Local();

    // localhost:6379, Server=localhost,1433, Host=localhost;Port=5432
    [GeneratedRegex(
        @"(?<before>(?<![\w.-])(localhost|127\.0\.0\.1|\[::1\])[:,]|(?<!\w)port\s*=\s*)(?<port>[0-9]{1,5})(?!\w)",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Port();

    [GeneratedRegex(@"(?<!\w)port\s*=", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex PortKey();

    [GeneratedRegex(
        @"(?<!\w)host\s*=\s*(localhost|127\.0\.0\.1)\s*(;|$)",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex NpgsqlHost();
}
