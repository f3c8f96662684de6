using System.Text;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Git;

/// <summary>Reduces names to what Compose and the DNS accept.</summary>
internal static class Names
{
    /// <summary>
    /// Lower case letters, digits, dashes and underscores, beginning with a letter or digit (Compose specification,
    /// "name"); anything else becomes a dash. Empty where nothing is left.
    /// </summary>
    public static string ForCompose(string name) =>
        Reduce(name, keepUnderscore: true).TrimStart('-', '_').TrimEnd('-');

    /// <summary>One DNS label: lower case letters, digits and inner dashes, at most 63 (RFC 1123).</summary>
    public static string ForHost(string name)
    {
        var label = Reduce(name, keepUnderscore: false).Trim('-');
        return label.Length > 56 ? label[..56].TrimEnd('-') : label; // 56 leave room for a suffix
    }

    /// <summary>
    /// The name with <c>-</c> and the first 6 hex digits of SHA-256 of the private git dir's path: for a name that
    /// another worktree holds already. An empty name becomes <c>worktree-…</c>.
    /// </summary>
    public static string WithSuffix(string name, string gitDirectory) =>
        $"{(name.Length == 0 ? "worktree" : name)}-{TextHash.Hex(gitDirectory, 6)}";

    private static string Reduce(string name, bool keepUnderscore)
    {
        var reduced = new StringBuilder(name.Length);
        foreach (var c in name.ToLowerInvariant())
        {
            var keep = char.IsAsciiLetterOrDigit(c) || (keepUnderscore && c == '_');
            if (keep)
            {
                reduced.Append(c);
            }
            else if (reduced.Length > 0 && reduced[^1] != '-')
            {
                reduced.Append('-');
            }
        }
        return reduced.ToString();
    }
}
