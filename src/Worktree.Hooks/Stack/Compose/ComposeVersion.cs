using System.Globalization;
using System.Text.RegularExpressions;

namespace Worktree.Hooks.Stack;

/// <summary>A version of Docker Compose, such as <c>v2.24.4</c>, <c>2.26.1-4</c> or <c>1.29.2</c>.</summary>
internal sealed partial record ComposeVersion(int Major, int Minor, int Patch)
{
    /// <summary>The first that knows <c>!override</c>; <c>!reset</c> is older.</summary>
    public static readonly ComposeVersion FirstWithOverride = new(2, 24, 4);

    /// <summary>Reads what <c>version --short</c> prints; null where that is no version.</summary>
    public static ComposeVersion? Parse(string text)
    {
        var match = Number().Match(text);
        return match.Success
            ? new ComposeVersion(Part(match, "major"), Part(match, "minor"), Part(match, "patch"))
            : null;
    }

    /// <summary>True where this is the other version or a later one.</summary>
    public bool IsAtLeast(ComposeVersion other) =>
        (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch)) >= 0;

    /// <summary><c>2.24.4</c>.</summary>
    public override string ToString() => $"{Major}.{Minor}.{Patch}";

    private static int Part(Match match, string name) =>
        int.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture);

    // "dev" builds print a branch or a commit; those have no version to compare.
    [GeneratedRegex(
        @"^\s*v?(?<major>\d{1,4})\.(?<minor>\d{1,4})\.(?<patch>\d{1,4})",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Number();
}
