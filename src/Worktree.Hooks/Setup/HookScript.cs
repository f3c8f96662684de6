using System.Text;

namespace Worktree.Hooks.Setup;

/// <summary>
/// The content of a post-checkout file, with our block or without. Bytes are held as Latin-1 characters, so whatever
/// encoding and line ends the user's lines have, they come out as they went in.
/// </summary>
internal sealed record HookScript(string Content)
{
    private static readonly string[] Shells = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"];

    private const string Shebang = "#!/bin/sh\n";

    public static HookScript FromBytes(byte[] bytes) => new(Encoding.Latin1.GetString(bytes));

    public byte[] ToBytes() => Encoding.Latin1.GetBytes(Content);

    /// <summary>A hook of our own alone.</summary>
    public static HookScript Create() => new(Shebang + HookText.Block(HookText.MadeFileNote));

    /// <summary>A hook of our own that runs the former one, which was moved to this name beside it.</summary>
    public static HookScript CreateChaining(string chainedName) =>
        new(HookText.ChainingFile(chainedName));

    /// <summary>True where a block of ours, of any version, stands in it.</summary>
    public bool HasBlock => FindBlock() is not null;

    /// <summary>True where the block is the one that this version writes.</summary>
    public bool HasCurrentBlock =>
        FindBlock() is { } block && Content[block] == HookText.Block(NotesOf(block));

    /// <summary>The name of the hook that this file runs after our block; null where it chains none.</summary>
    public string? ChainedName
    {
        get
        {
            if (FindBlock() is not { } block)
            {
                return null;
            }
            var rest = Content[block.End.Value..];
            var start = rest.IndexOf(HookText.ChainedName, StringComparison.Ordinal);
            return start < 0 ? null : rest[start..rest.IndexOf('"', start)];
        }
    }

    /// <summary>
    /// True where lines of POSIX shell can stand in it: a script of a shell that the kernel finds, or text without an
    /// interpreter line, which git runs by sh.
    /// </summary>
    public bool TakesShellLines
    {
        get
        {
            if (Content.Contains('\0', StringComparison.Ordinal))
            {
                return false;
            }
            if (!Content.StartsWith("#!", StringComparison.Ordinal))
            {
                return Content.Length == 0 || Content[0] < 0x80;
            }
            // With CR LF the kernel looks for an interpreter whose name ends in CR.
            var line = FirstLine.TrimEnd('\n');
            if (line.EndsWith('\r'))
            {
                return false;
            }
            var words = line[2..].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            var interpreter = words.FirstOrDefault(w =>
                !w.StartsWith('-') && !w.EndsWith("/env", StringComparison.Ordinal)
            );
            return Shells.Contains(interpreter?.Split('/')[^1], StringComparer.Ordinal);
        }
    }

    /// <summary>
    /// The script with this version's block right after the interpreter line, so that it runs whatever the rest does.
    /// </summary>
    public HookScript WithBlock()
    {
        if (FindBlock() is { } block)
        {
            return new(
                Content[..block.Start.Value]
                    + HookText.Block(NotesOf(block))
                    + Content[block.End.Value..]
            );
        }
        var head = Content.StartsWith("#!", StringComparison.Ordinal) ? FirstLine : "";
        var rest = Content[head.Length..];
        return head.Length > 0 && !head.EndsWith('\n')
            ? new($"{head}\n{HookText.Block(HookText.AddedLineEndNote)}")
            : new(head + HookText.Block() + rest);
    }

    /// <summary>The script as it was before the block; null where nothing is left of a file that we made.</summary>
    public HookScript? WithoutBlock()
    {
        if (FindBlock() is not { } block)
        {
            return this;
        }
        var before = Content[..block.Start.Value];
        var rest = Content[block.End.Value..];
        var notes = NotesOf(block);
        if (notes == HookText.MadeFileNote && before == Shebang && rest.Length == 0)
        {
            return null;
        }
        // Lines that the user added after ours keep the line end between.
        return notes == HookText.AddedLineEndNote && rest.Length == 0
            ? new(before[..^1])
            : new(before + rest);
    }

    private string FirstLine =>
        Content.IndexOf('\n', StringComparison.Ordinal) is var end and >= 0
            ? Content[..(end + 1)]
            : Content;

    private Range? FindBlock()
    {
        var start = Content.StartsWith(HookText.StartMarker, StringComparison.Ordinal)
            ? 0
            : Content.IndexOf($"\n{HookText.StartMarker}", StringComparison.Ordinal) + 1;
        if (start == 0 && !Content.StartsWith(HookText.StartMarker, StringComparison.Ordinal))
        {
            return null;
        }
        var marker = Content.IndexOf($"\n{HookText.EndMarker}", start, StringComparison.Ordinal);
        if (marker < 0)
        {
            return null;
        }
        var end = Content.IndexOf('\n', marker + 1);
        return start..(end < 0 ? Content.Length : end + 1);
    }

    private string NotesOf(Range block)
    {
        var line = Content[block].Split('\n')[0];
        return line.EndsWith(HookText.MadeFileNote, StringComparison.Ordinal)
                ? HookText.MadeFileNote
            : line.EndsWith(HookText.AddedLineEndNote, StringComparison.Ordinal)
                ? HookText.AddedLineEndNote
            : "";
    }
}
