using System.Globalization;
using System.Text.Json;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Configuration;

/// <summary>Takes values out of nodes, and complains with the place and the nearest thing that would be right.</summary>
internal static class ConfigurationNodeReading
{
    /// <summary>The members of an object, each of a known key.</summary>
    /// <exception cref="WorktreeHooksException">WTH3003: it is no object. WTH3002: a key that is not in <paramref name="known"/>.</exception>
    public static IReadOnlyList<KeyValuePair<string, ConfigurationNode>> KnownMembers(
        this ConfigurationNode node,
        string what,
        params IReadOnlyList<string> known
    )
    {
        foreach (var (key, value) in node.AnyMembers(what))
        {
            if (!known.Contains(key, StringComparer.Ordinal))
            {
                throw value.Error(
                    ErrorCatalogue.UnknownKey,
                    $"'{key}' is no key of {what}. Did you mean '{NearestName.To(key, known)}'? "
                        + $"Known keys: {string.Join(", ", known)}."
                );
            }
        }
        return node.Members;
    }

    /// <summary>The members of an object whose keys are the user's own names.</summary>
    public static IReadOnlyList<KeyValuePair<string, ConfigurationNode>> AnyMembers(
        this ConfigurationNode node,
        string what
    ) =>
        node.Kind == JsonTokenType.StartObject
            ? node.Members
            : throw node.WrongKind(what, "an object { … }");

    /// <summary>The items of an array.</summary>
    public static IReadOnlyList<ConfigurationNode> ArrayItems(
        this ConfigurationNode node,
        string what
    ) =>
        node.Kind == JsonTokenType.StartArray
            ? node.Items
            : throw node.WrongKind(what, "an array [ … ]");

    /// <summary>A string that is not empty and that a path or an argument can hold.</summary>
    public static string NonEmptyString(
        this ConfigurationNode node,
        string what,
        string expected = "a string that is not empty"
    ) =>
        node.Kind == JsonTokenType.String && node.Text.Trim().Length > 0
            ? node.WithoutNul(what)
            : throw node.WrongKind(what, expected);

    /// <summary>A string, a number or a boolean, as text.</summary>
    public static string Scalar(this ConfigurationNode node, string what) =>
        node.Kind switch
        {
            JsonTokenType.String or JsonTokenType.Number => node.WithoutNul(what),
            JsonTokenType.True => "true",
            JsonTokenType.False => "false",
            _ => throw node.WrongKind(what, "a string, a number, true or false"),
        };

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public static bool Boolean(this ConfigurationNode node, string what) =>
        node.Kind switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw node.WrongKind(what, "true or false"),
        };

    /// <summary>A time in seconds, also with a fraction: above 0 and at most a day.</summary>
    public static TimeSpan Seconds(this ConfigurationNode node, string what) =>
        node.Kind == JsonTokenType.Number
        && double.TryParse(node.Text, CultureInfo.InvariantCulture, out var number)
        && number is > 0 and <= 86400
            ? TimeSpan.FromSeconds(number)
            : throw node.WrongKind(what, "a number of seconds above 0, at most 86400");

    /// <summary>One of a few words.</summary>
    public static string OneOf(
        this ConfigurationNode node,
        string what,
        params IReadOnlyList<string> words
    )
    {
        var text = node.Kind == JsonTokenType.String ? node.Text : "";
        return words.Contains(text, StringComparer.Ordinal)
            ? text
            : throw node.WrongKind(
                what,
                $"one of {string.Join(", ", words.Select(w => $"\"{w}\""))}"
            );
    }

    /// <summary>
    /// A path inside the worktree, relative to its root, with this system's separators and without <c>.</c> parts.
    /// </summary>
    /// <param name="node">The value.</param>
    /// <param name="what">What it is for, in messages.</param>
    /// <param name="allowRoot">True where the root itself (<c>.</c>) will do: it is the empty path.</param>
    public static string PathInWorktree(
        this ConfigurationNode node,
        string what,
        bool allowRoot = false
    ) => node.PathInWorktree(node.NonEmptyString(what), what, allowRoot);

    /// <summary>The same for a path that is only a part of the value.</summary>
    public static string PathInWorktree(
        this ConfigurationNode node,
        string text,
        string what,
        bool allowRoot
    )
    {
        var parts = text.Split('/', Path.DirectorySeparatorChar)
            .Where(part => part is not ("" or "."))
            .ToList();
        // A backslash separates on Windows only, but the same file is read there too.
        var leaves = text.Split('/', '\\')
            .Any(part => part == ".." || part.Equals(".git", StringComparison.OrdinalIgnoreCase));
        return Path.IsPathRooted(text) || leaves || (parts.Count == 0 && !allowRoot)
            ? throw node.Error(
                ErrorCatalogue.InvalidValue,
                $"'{text}' cannot be {what}: it must lie inside the worktree. "
                    + "Give a path relative to the worktree's root, without '..' and not in .git."
            )
            : string.Join(Path.DirectorySeparatorChar, parts);
    }

    // No path, argument or environment variable can hold it.
    private static string WithoutNul(this ConfigurationNode node, string what) =>
        node.Text.Contains('\0')
            ? throw node.Error(
                ErrorCatalogue.InvalidValue,
                $"A text with a NUL character cannot be {what}. Take the \\u0000 out."
            )
            : node.Text;

    public static WorktreeHooksException WrongKind(
        this ConfigurationNode node,
        string what,
        string expected
    ) =>
        node.Error(
            ErrorCatalogue.InvalidValue,
            $"{Describe(node)} cannot be {what}. Write {expected}."
        );

    private static string Describe(ConfigurationNode node) =>
        node.Kind switch
        {
            JsonTokenType.StartObject => "An object",
            JsonTokenType.StartArray => "An array",
            JsonTokenType.Null => "'null'",
            JsonTokenType.True => "'true'",
            JsonTokenType.False => "'false'",
            _ => $"'{node.Text}'",
        };
}
