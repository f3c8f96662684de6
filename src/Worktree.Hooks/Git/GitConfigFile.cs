using System.Runtime.InteropServices;
using System.Text;

namespace Worktree.Hooks.Git;

/// <summary>One setting of a configuration file.</summary>
/// <param name="Section">The section's header as it is written, such as <c>[submodule "lib"]</c>.</param>
/// <param name="Key">The key as it is written; keys have no case.</param>
/// <param name="Value">The value, unquoted; <c>true</c> for a key without <c>=</c>.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct GitConfigEntry(string Section, string Key, string Value);

/// <summary>
/// Reads one file in git's configuration syntax (git-config(1), "Syntax"), without includes and continuation lines.
/// LibGit2Sharp cannot read the shared configuration while it has a linked worktree open.
/// </summary>
internal static class GitConfigFile
{
    /// <summary>The settings in their order; none where the file is missing or cannot be read.</summary>
    public static IEnumerable<GitConfigEntry> Entries(string file)
    {
        var section = "";
        foreach (var raw in GitFiles.Lines(file))
        {
            var line = raw.Trim();
            if (line.StartsWith('['))
            {
                var end = line.LastIndexOf(']');
                section = line[..(end + 1)];
                line = line[(end + 1)..].TrimStart(); // a setting may follow in the same line
            }
            if (line.Length == 0 || line[0] is '#' or ';')
            {
                continue;
            }
            var equals = line.IndexOf('=');
            yield return equals < 0
                ? new GitConfigEntry(section, line, "true")
                : new GitConfigEntry(
                    section,
                    line[..equals].TrimEnd(),
                    Value(line[(equals + 1)..])
                );
        }
    }

    /// <summary>The last value of a boolean setting; null where it is not set.</summary>
    /// <param name="file">The file; it may be missing.</param>
    /// <param name="section">A section without a subsection.</param>
    /// <param name="key">The key, in any case.</param>
    public static bool? Boolean(string file, string section, string key)
    {
        bool? value = null;
        var header = $"[{section}]";
        foreach (var entry in Entries(file))
        {
            if (
                entry.Section.Equals(header, StringComparison.OrdinalIgnoreCase)
                && entry.Key.Equals(key, StringComparison.OrdinalIgnoreCase)
            )
            {
                value = IsTrue(entry.Value);
            }
        }
        return value;
    }

    private static bool IsTrue(string value) =>
        value.ToUpperInvariant() is not ("" or "0" or "FALSE" or "NO" or "OFF");

    private static string Value(string text)
    {
        var value = new StringBuilder(text.Length);
        var quoted = false;
        var end = 0; // white space outside quotes does not end a value
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (!quoted && (c is '#' or ';'))
            {
                break;
            }
            if (c == '"')
            {
                quoted = !quoted;
                end = value.Length;
                continue;
            }
            if (c == '\\' && i + 1 < text.Length)
            {
                c = text[++i] switch
                {
                    'n' => '\n',
                    't' => '\t',
                    'b' => '\b',
                    var other => other,
                };
                value.Append(c);
                end = value.Length;
                continue;
            }
            if (value.Length > 0 || quoted || !char.IsWhiteSpace(c))
            {
                value.Append(c);
                end = quoted || !char.IsWhiteSpace(c) ? value.Length : end;
            }
        }
        return value.ToString(0, end);
    }
}
