using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Configuration;

/// <summary>Reads <c>"ready"</c> of a service: at most one check, and how long to wait for it.</summary>
internal static class ReadyReader
{
    internal static readonly string[] KnownKeys =
    [
        "http",
        "tcp",
        "pg_isready",
        "log",
        "exit",
        "timeout",
    ];

    private const string Url =
        "a URL that begins with http:// or https://, such as \"http://localhost:${APP_PORT}/\"";
    private const string Port = "a port from 1 to 65535, or \"${NAME_PORT}\"";

    /// <summary>Reads <c>{ "http": "http://localhost:${APP_PORT}/health", "timeout": 30 }</c>.</summary>
    public static ReadyCheck Read(ConfigurationNode node)
    {
        ReadyKind? kind = null;
        var check = "";
        var timeout = TimeSpan.FromSeconds(60);
        foreach (var (key, value) in node.KnownMembers("\"ready\"", KnownKeys))
        {
            if (key == "timeout")
            {
                timeout = value.Seconds("\"timeout\"");
                continue;
            }
            if (kind is not null)
            {
                throw value.Error(
                    ErrorCatalogue.DuplicateKey,
                    $"'{key}' is a second check. Keep one of them in \"ready\"."
                );
            }
            (kind, check) = key switch
            {
                "http" => (ReadyKind.Http, ReadUrl(value)),
                "tcp" => (ReadyKind.Tcp, ReadPort(value, "\"tcp\"")),
                "pg_isready" => (ReadyKind.PgIsReady, ReadPort(value, "\"pg_isready\"")),
                "log" => (ReadyKind.Log, ReadPattern(value)),
                _ => (ReadyKind.Exit, ReadExitCode(value)),
            };
        }
        return new ReadyCheck(kind ?? ReadyKind.Started, check, timeout);
    }

    /// <summary>What is wrong with a check's value when its references are filled in, as half a sentence; null where nothing is.</summary>
    public static string? Fault(ReadyKind kind, string value) =>
        kind switch
        {
            ReadyKind.Http when !IsUrl(value) => $"write {Url}",
            ReadyKind.Tcp or ReadyKind.PgIsReady when !IsNumber(value, 1, 65535) => $"write {Port}",
            ReadyKind.Log => PatternFault(value),
            _ => null,
        };

    private static bool IsUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps);

    private static string? PatternFault(string text)
    {
        try
        {
            _ = new Regex(text, RegexOptions.None, TimeSpan.FromSeconds(1));
            return null;
        }
        catch (RegexParseException e)
        {
            return e.Message;
        }
    }

    private static string ReadUrl(ConfigurationNode node)
    {
        var text = node.NonEmptyString("\"http\"", Url);
        return HasReference(text) || IsUrl(text) ? text : throw node.WrongKind("\"http\"", Url);
    }

    private static string ReadPort(ConfigurationNode node, string what)
    {
        var text = node.Kind is JsonTokenType.String or JsonTokenType.Number
            ? node.Scalar(what)
            : "";
        return HasReference(text) || IsNumber(text, 1, 65535)
            ? text
            : throw node.WrongKind(what, Port);
    }

    private static string ReadExitCode(ConfigurationNode node) =>
        node.Kind is JsonTokenType.String or JsonTokenType.Number && IsNumber(node.Text, 0, 255)
            ? node.Text
            : throw node.WrongKind("an exit code", "a number from 0 to 255");

    private static string ReadPattern(ConfigurationNode node)
    {
        var text = node.NonEmptyString("\"log\"", "a regular expression that is not empty");
        return HasReference(text) || PatternFault(text) is not { } fault
            ? text
            : throw node.Error(
                ErrorCatalogue.InvalidValue,
                $"'{text}' is no regular expression: {fault} Correct it, or escape it with \\\\."
            );
    }

    // Only with its references filled in can such a value be judged.
    private static bool HasReference(string text) => text.Contains("${", StringComparison.Ordinal);

    private static bool IsNumber(string text, int first, int last) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= first
        && number <= last;
}
