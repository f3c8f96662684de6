using System.Text;

namespace Worktree.Hooks.Platform;

/// <summary>
/// The text of a user's file, in a form from which the very same bytes come back. Only UTF-16 (told by its byte order
/// mark) is decoded; everything else passes through byte by byte, so that no encoding of the user's is ever guessed.
/// </summary>
internal sealed class VerbatimText
{
    private readonly Encoding encoding;

    private VerbatimText(string text, Encoding encoding)
    {
        Text = text;
        this.encoding = encoding;
    }

    /// <summary>The text; for files that are not UTF-16, one character per byte.</summary>
    public string Text { get; }

    private bool IsBytes => encoding.Equals(Encoding.Latin1);

    /// <summary>Takes a file's bytes.</summary>
    public static VerbatimText Of(byte[] content)
    {
        Encoding chosen = content switch
        {
            [0xFF, 0xFE, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: false),
            [0xFE, 0xFF, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: false),
            _ => Encoding.Latin1,
        };
        return new VerbatimText(chosen.GetString(content), chosen);
    }

    /// <summary>What <paramref name="unicode"/> looks like inside <see cref="Text"/>: UTF-8 in a file that is not UTF-16.</summary>
    public string Encode(string unicode) =>
        IsBytes ? Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(unicode)) : unicode;

    /// <summary>The reverse of <see cref="Encode"/>.</summary>
    public string Decode(string text) =>
        IsBytes ? Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(text)) : text;

    /// <summary>The bytes of a changed text.</summary>
    public byte[] ToBytes(string text) => encoding.GetBytes(text);
}
