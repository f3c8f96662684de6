using System.Text;
using System.Text.RegularExpressions;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.EnvFiles;

/// <summary>
/// An env file taken apart into the user's lines and our block. Putting it together again gives the user's lines back
/// byte for byte, with one block at the end.
/// </summary>
internal sealed partial class EnvDocument
{
    private const string StartMarker = "# >>> worktree-hooks";
    private const string EndMarker = "# <<< worktree-hooks";

    private readonly VerbatimText text;
    private readonly List<string> userLines = [];
    private readonly List<List<string>> blocks = [];

    private EnvDocument(VerbatimText text) => this.text = text;

    /// <summary>True where a block had a start but no end.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Takes a file apart.</summary>
    /// <param name="content">Its bytes; empty for a file that is not there.</param>
    public static EnvDocument Parse(byte[] content)
    {
        var document = new EnvDocument(VerbatimText.Of(content));
        List<string>? block = null;
        foreach (var line in LinesOf(document.text.Text))
        {
            if (line.StartsWith(StartMarker, StringComparison.Ordinal))
            {
                document.CloseDamaged(block);
                block = [];
            }
            else if (block is not null && line.StartsWith(EndMarker, StringComparison.Ordinal))
            {
                document.blocks.Add(block);
                block = null;
            }
            else
            {
                (block ?? document.userLines).Add(line);
            }
        }
        document.CloseDamaged(block);
        return document;
    }

    /// <summary>What the last block says; null where there is none or it names no worktree.</summary>
    public SavedBlock? Saved
    {
        get
        {
            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var line in blocks.LastOrDefault() ?? [])
            {
                if (Assignment().Match(line) is { Success: true } match)
                {
                    var value = line[match.Length..].TrimEnd('\r', '\n');
                    values[match.Groups["name"].Value] = EnvQuoting.Unquote(text.Decode(value));
                }
            }
            return values.TryGetValue("WORKTREE_NAME", out var name)
                ? new SavedBlock(name, values)
                : null;
        }
    }

    /// <summary>The user's own lines that set one of these variables, with their line numbers among the user's lines.</summary>
    public IEnumerable<(string Name, int Line)> UserLinesThatSet(IReadOnlySet<string> names)
    {
        for (var i = 0; i < userLines.Count; i++)
        {
            // A byte order mark stands before the first name.
            var line = userLines[i].TrimStart('\uFEFF', 'ï', '»', '¿');
            if (
                Assignment().Match(line) is { Success: true } match
                && names.Contains(match.Groups["name"].Value)
            )
            {
                yield return (match.Groups["name"].Value, i + 1);
            }
        }
    }

    /// <summary>The file with one block of these variables at its end.</summary>
    /// <param name="projectName">Named in the block's first line.</param>
    /// <param name="variables">Names and unquoted values, in their order.</param>
    public byte[] WithBlock(
        string projectName,
        IReadOnlyList<KeyValuePair<string, string>> variables
    )
    {
        var newline = userLines.Exists(l => l.EndsWith("\r\n", StringComparison.Ordinal))
            ? "\r\n"
            : "\n";
        var result = new StringBuilder();
        result.AppendJoin("", userLines);
        if (result.Length > 0 && result[^1] != '\n' && !IsOnlyByteOrderMark(result))
        {
            result.Append(newline);
        }
        result
            .Append(text.Encode($"{StartMarker}: {projectName} (this block is rewritten)"))
            .Append(newline);
        foreach (var (name, value) in variables)
        {
            result.Append(text.Encode($"{name}={EnvQuoting.Quote(name, value)}")).Append(newline);
        }
        result.Append(EndMarker).Append(newline);
        return text.ToBytes(result.ToString());
    }

    // Of a block without an end, the assignments right after the start are ours; what follows is the user's again.
    private void CloseDamaged(List<string>? block)
    {
        if (block is null)
        {
            return;
        }
        IsDamaged = true;
        var ours = block.TakeWhile(line => Assignment().IsMatch(line)).ToList();
        blocks.Add(ours);
        userLines.AddRange(block.Skip(ours.Count));
    }

    private static bool IsOnlyByteOrderMark(StringBuilder text) =>
        text.Equals("\uFEFF") || text.Equals("ï»¿");

    private static IEnumerable<string> LinesOf(string text)
    {
        for (var start = 0; start < text.Length; )
        {
            var end = text.IndexOf('\n', start) is var found and >= 0 ? found + 1 : text.Length;
            yield return text[start..end];
            start = end;
        }
    }

    [GeneratedRegex(
        @"^\s*(export\s+)?(?<name>[A-Za-z_][A-Za-z0-9_]*)\s*=",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Assignment();
}
