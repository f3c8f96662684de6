namespace Worktree.Hooks.Configuration;

/// <summary>Finds the name that somebody most likely meant.</summary>
internal static class NearestName
{
    /// <summary><c> Did you mean 'x'?</c> with a space before it; empty where there is nothing to choose from.</summary>
    public static string Hint(string name, IReadOnlyList<string> candidates) =>
        candidates.Count == 0 ? "" : $" Did you mean '{To(name, candidates)}'?";

    /// <summary>The candidate with the smallest edit distance, ignoring case.</summary>
    public static string To(string name, IReadOnlyList<string> candidates) =>
        candidates.MinBy(c => Distance(name.ToUpperInvariant(), c.ToUpperInvariant())) ?? "";

    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var substituted = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.Length];
    }
}
