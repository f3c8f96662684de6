using System.Text.RegularExpressions;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.EnvFiles;

/// <summary>Writes values so that a POSIX shell and every dotenv reader see the same, and reads them back.</summary>
internal static partial class EnvQuoting
{
    /// <summary>The value as it stands behind <c>NAME=</c>: bare where that is safe, else in quotes.</summary>
    /// <exception cref="WorktreeHooksException">WTH3010: readers would not agree on any form of it.</exception>
    public static string Quote(string name, string value)
    {
        if (Bare().IsMatch(value))
        {
            return value;
        }
        if (value.AsSpan().ContainsAny("\r\n\0") || value.Contains(@"\\", StringComparison.Ordinal))
        {
            throw Refuse(name, value, "a line end or a doubled backslash");
        }
        // Inside single quotes nothing has a meaning, but some readers take a backslash before the quote as an escape.
        if (!value.Contains('\'', StringComparison.Ordinal) && !value.EndsWith('\\'))
        {
            return $"'{value}'";
        }
        if (value.AsSpan().ContainsAny("\"$`\\!"))
        {
            throw Refuse(
                name,
                value,
                "a single quote or a final backslash together with one of \" $ ` \\ !"
            );
        }
        return $"\"{value}\"";
    }

    /// <summary>The value of a line that <see cref="Quote"/> wrote.</summary>
    public static string Unquote(string quoted) =>
        quoted.Length >= 2 && quoted[0] is '\'' or '"' && quoted[^1] == quoted[0]
            ? quoted[1..^1]
            : quoted;

    private static WorktreeHooksException Refuse(string name, string value, string evidence) =>
        new(
            ErrorCatalogue.ValueCannotBeQuoted,
            $"'{name}' with the value '{value.ReplaceLineEndings("\\n")}' has {evidence}, which shells and dotenv readers "
                + "read differently. Change the value under \"env\" in worktree.json."
        );

    [GeneratedRegex(
        @"^[A-Za-z0-9_./:@%+,\-]*$",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Bare();
}
