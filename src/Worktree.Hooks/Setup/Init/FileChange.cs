using System.Text;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>One file that <c>init</c> writes, or that <c>init --undo</c> gives back.</summary>
/// <param name="Path">Relative to the root, with slashes.</param>
/// <param name="Former">Its bytes now; null where it is not there.</param>
/// <param name="Content">Its bytes afterwards; null where it goes.</param>
internal sealed record FileChange(string Path, byte[]? Former, byte[]? Content)
{
    private const int Context = 3;

    /// <summary><c>create</c>, <c>change</c> or <c>delete</c>.</summary>
    public string Action =>
        Former is null ? "create"
        : Content is null ? "delete"
        : "change";

    /// <summary>
    /// A unified diff (git-diff(1), "-p"): what init does to a file is one insertion, so one hunk from the first line
    /// that differs to the last is the whole of it.
    /// </summary>
    public IEnumerable<string> Diff()
    {
        var from = LinesOf(Former);
        var to = LinesOf(Content);
        var shorter = Math.Min(from.Length, to.Length);
        var before = 0;
        while (before < shorter && from[before] == to[before])
        {
            before++;
        }
        var after = 0;
        while (after < shorter - before && from[^(after + 1)] == to[^(after + 1)])
        {
            after++;
        }
        var start = Math.Max(0, before - Context);
        var trailing = Math.Min(after, Context);
        yield return Former is null ? "--- /dev/null" : $"--- a/{Path}";
        yield return Content is null ? "+++ /dev/null" : $"+++ b/{Path}";
        yield return $"@@ -{Span(start, from.Length - after + trailing)} +{Span(start, to.Length - after + trailing)} @@";
        var hunk = from[start..before]
            .Select(l => $" {l}")
            .Concat(from[before..^after].Select(l => $"-{l}"))
            .Concat(to[before..^after].Select(l => $"+{l}"))
            .Concat(from[^after..][..trailing].Select(l => $" {l}"));
        foreach (var line in hunk)
        {
            yield return line;
        }
    }

    private static string Span(int start, int end) =>
        end == start ? $"{start},0" : $"{start + 1},{end - start}";

    // Without its last line's end; a carriage return stays in the line, and a terminal does not show it.
    private static string[] LinesOf(byte[]? content)
    {
        if (content is null || content.Length == 0)
        {
            return [];
        }
        var text = VerbatimText.Of(content);
        var plain = text.Decode(text.Text);
        return (plain.EndsWith('\n') ? plain[..^1] : plain).Split('\n');
    }
}
