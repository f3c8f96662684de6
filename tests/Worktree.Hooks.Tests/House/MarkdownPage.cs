using System.Text.RegularExpressions;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.House;

/// <summary>A block of code in a page.</summary>
/// <param name="Section">The last heading before it, without its signs.</param>
/// <param name="Language">What stands after the fence; empty where nothing does.</param>
/// <param name="Code">The lines between the fences.</param>
internal sealed record CodeBlock(string Section, string Language, string Code);

/// <summary>README.md or a page of docs.</summary>
internal sealed partial class MarkdownPage
{
    private MarkdownPage(string file)
    {
        File = file;
        Text = System.IO.File.ReadAllText(file);
        Blocks = [.. ReadBlocks(Text)];
    }

    /// <summary>All pages, README first.</summary>
    public static IReadOnlyList<MarkdownPage> All { get; } =
    [
        new(SourceTree.At("README.md")),
        .. SourceTree.Files("docs", "*.md").Select(f => new MarkdownPage(f)),
    ];

    /// <summary>A page of docs.</summary>
    public static MarkdownPage Of(string name) => All.Single(p => Path.GetFileName(p.File) == name);

    /// <summary>Its full path.</summary>
    public string File { get; }

    /// <summary>As it stands in the file.</summary>
    public string Text { get; }

    /// <summary>Its blocks of code, in order.</summary>
    public IReadOnlyList<CodeBlock> Blocks { get; }

    /// <summary>Where its links and pictures lead that leave the page and stay in the repository.</summary>
    public IEnumerable<string> Links =>
        Link()
            .Matches(Text)
            .Select(m => m.Groups["to"].Value.Split('#')[0])
            .Where(to => to.Length > 0 && !to.Contains("://", StringComparison.Ordinal));

    private static IEnumerable<CodeBlock> ReadBlocks(string text)
    {
        var section = "";
        List<string>? code = null;
        var fence = "";
        foreach (var line in text.Split('\n'))
        {
            var trimmed = line.Trim();
            if (!trimmed.StartsWith("```", StringComparison.Ordinal))
            {
                code?.Add(line);
                if (code is null && line.StartsWith('#'))
                {
                    section = line.TrimStart('#', ' ');
                }
            }
            else if (code is null)
            {
                (code, fence) = ([], trimmed[3..]);
            }
            else
            {
                yield return new CodeBlock(section, fence, string.Join('\n', code));
                code = null;
            }
        }
    }

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();
}
