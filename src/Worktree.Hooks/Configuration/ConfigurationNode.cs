using System.Text;
using System.Text.Json;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Configuration;

/// <summary>
/// A value of <c>worktree.json</c> that knows its line and column, so that every complaint can name them.
/// Comments and trailing commas are allowed; a key that stands twice in one object is an error.
/// </summary>
internal sealed class ConfigurationNode
{
    private readonly string file;

    private ConfigurationNode(string file, JsonTokenType kind, int line, int column)
    {
        this.file = file;
        Kind = kind;
        Line = line;
        Column = column;
    }

    public JsonTokenType Kind { get; }

    /// <summary>Its line in the file, from 1.</summary>
    public int Line { get; }

    /// <summary>Its column in the line, in bytes, from 1.</summary>
    public int Column { get; }

    /// <summary>The text of a string, or a number as it is written; empty for anything else.</summary>
    public string Text { get; private init; } = "";

    /// <summary>The members of an object, in their order.</summary>
    public IReadOnlyList<KeyValuePair<string, ConfigurationNode>> Members { get; private init; } =
    [];

    /// <summary>The items of an array, in their order.</summary>
    public IReadOnlyList<ConfigurationNode> Items { get; private init; } = [];

    /// <summary>Parses a whole file.</summary>
    /// <param name="file">Its path, for messages.</param>
    /// <param name="content">UTF-8, with or without a byte order mark.</param>
    /// <exception cref="WorktreeHooksException">WTH3001 with line and column; WTH3006 for a key that stands twice.</exception>
    public static ConfigurationNode Parse(string file, ReadOnlySpan<byte> content)
    {
        if (content.StartsWith(Encoding.UTF8.Preamble))
        {
            content = content[Encoding.UTF8.Preamble.Length..];
        }
        var options = new JsonReaderOptions
        {
            AllowTrailingCommas = true,
            CommentHandling = JsonCommentHandling.Skip,
        };
        var reader = new Utf8JsonReader(content, options);
        try
        {
            reader.Read();
            var root = ReadValue(ref reader, file, content);
            reader.Read(); // anything after the value is an error of its own
            return root;
        }
        catch (JsonException e)
        {
            throw Malformed(
                file,
                (int)(e.LineNumber ?? 0) + 1,
                (int)(e.BytePositionInLine ?? 0) + 1,
                FirstSentence(e.Message),
                e
            );
        }
        catch (InvalidOperationException e) // a string that is no UTF-8, or half of a surrogate pair
        {
            var (line, column) = PlaceOf(content, (int)reader.TokenStartIndex);
            throw Malformed(file, line, column, "the text is not valid Unicode.", e);
        }
    }

    /// <summary>An error at this place of the file.</summary>
    public WorktreeHooksException Error(ErrorDefinition definition, string message) =>
        new(
            new Diagnostic(definition, message)
            {
                File = file,
                Line = Line,
                Column = Column,
            }
        );

    private static WorktreeHooksException Malformed(
        string file,
        int line,
        int column,
        string reason,
        Exception inner
    ) =>
        new(
            new Diagnostic(
                ErrorCatalogue.ConfigurationMalformed,
                $"'{Path.GetFileName(file)}' is not valid JSON: {reason} Correct it there."
            )
            {
                File = file,
                Line = line,
                Column = column,
            },
            inner
        );

    private static ConfigurationNode ReadValue(
        ref Utf8JsonReader reader,
        string file,
        ReadOnlySpan<byte> content
    )
    {
        var (line, column) = PlaceOf(content, (int)reader.TokenStartIndex);
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => new ConfigurationNode(
                file,
                JsonTokenType.StartObject,
                line,
                column
            )
            {
                Members = ReadMembers(ref reader, file, content),
            },
            JsonTokenType.StartArray => new ConfigurationNode(
                file,
                JsonTokenType.StartArray,
                line,
                column
            )
            {
                Items = ReadItems(ref reader, file, content),
            },
            JsonTokenType.String => new ConfigurationNode(file, JsonTokenType.String, line, column)
            {
                Text = reader.GetString()!,
            },
            JsonTokenType.Number => new ConfigurationNode(file, JsonTokenType.Number, line, column)
            {
                Text = Encoding.UTF8.GetString(reader.ValueSpan),
            },
            var other => new ConfigurationNode(file, other, line, column),
        };
    }

    private static List<KeyValuePair<string, ConfigurationNode>> ReadMembers(
        ref Utf8JsonReader reader,
        string file,
        ReadOnlySpan<byte> content
    )
    {
        var members = new List<KeyValuePair<string, ConfigurationNode>>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var (line, column) = PlaceOf(content, (int)reader.TokenStartIndex);
            var key = reader.GetString()!;
            if (members.Exists(m => m.Key == key))
            {
                throw new ConfigurationNode(file, JsonTokenType.PropertyName, line, column).Error(
                    ErrorCatalogue.DuplicateKey,
                    $"'{key}' stands twice in the same object. Keep one of the two."
                );
            }
            reader.Read();
            members.Add(new(key, ReadValue(ref reader, file, content)));
        }
        return members;
    }

    private static List<ConfigurationNode> ReadItems(
        ref Utf8JsonReader reader,
        string file,
        ReadOnlySpan<byte> content
    )
    {
        var items = new List<ConfigurationNode>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(ReadValue(ref reader, file, content));
        }
        return items;
    }

    private static (int Line, int Column) PlaceOf(ReadOnlySpan<byte> content, int offset)
    {
        var before = content[..offset];
        return (before.Count((byte)'\n') + 1, offset - before.LastIndexOf((byte)'\n'));
    }

    // The parser appends "LineNumber: … | BytePositionInLine: …", which stands before the message already.
    private static string FirstSentence(string message)
    {
        if (
            message.StartsWith(
                "The input does not contain any JSON tokens",
                StringComparison.Ordinal
            )
        )
        {
            return "it is empty, and {} is the least it can be.";
        }
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }
}
