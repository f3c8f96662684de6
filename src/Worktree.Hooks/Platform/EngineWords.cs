using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Docker.DotNet;

namespace Worktree.Hooks.Platform;

/// <summary>Reads what an engine says when it refuses.</summary>
internal static partial class EngineWords
{
    /// <summary>The engine's own message, out of the JSON around it.</summary>
    public static string Of(DockerApiException e)
    {
        try
        {
            using var document = System.Text.Json.JsonDocument.Parse(e.ResponseBody ?? "");
            if (
                document.RootElement.ValueKind == System.Text.Json.JsonValueKind.Object
                && document.RootElement.TryGetProperty("message", out var message)
            )
            {
                return message.ToString().Trim();
            }
        }
        catch (System.Text.Json.JsonException)
        {
            // Not every proxy in front of an engine answers in JSON.
        }
        return string.IsNullOrWhiteSpace(e.ResponseBody) ? e.Message : e.ResponseBody.Trim();
    }

    /// <summary>
    /// What the refusal was about. The API has status codes for little of it, so the words of Docker and Podman decide.
    /// </summary>
    public static EngineFault FaultOf(HttpStatusCode status, string words) =>
        status switch
        {
            _ when HasAny(words, PortWords) => EngineFault.PortTaken,
            _ when HasAny(words, PoolWords) => EngineFault.AddressPoolsUsedUp,
            _ when HasAny(words, "no space left on device") => EngineFault.DiskFull,
            _ when HasAny(words, ImageWords) => EngineFault.ImageNotFound,
            HttpStatusCode.NotFound => EngineFault.NotFound,
            HttpStatusCode.Conflict when HasAny(words, "already in use", "already exists") =>
                EngineFault.NameTaken,
            _ when HasAny(
                    words,
                    "network with name",
                    "name already in use",
                    "name is already in use"
                ) => EngineFault.NameTaken,
            _ => EngineFault.Other,
        };

    /// <summary>The host port that a refusal names, as in <c>0.0.0.0:5432</c>, <c>[::]:5432</c> or Podman's <c>listen udp4 :5432</c>; null where it names none.</summary>
    public static int? PortIn(string words) =>
        HostPort().Match(words) is { Success: true } match
            ? int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture)
            : null;

    [GeneratedRegex(
        @"(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]*\]|listen (tcp|udp)[46]? ):(?<port>\d{1,5})\b",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex HostPort();

    private static readonly string[] PortWords =
    [
        "port is already allocated",
        "address already in use",
        "ports are not available",
        "forbidden by its access permissions",
    ];

    private static readonly string[] PoolWords =
    [
        "non-overlapping ipv4 address pool",
        "all predefined address pools have been fully subnetted",
        "pool overlaps with other one",
        "could not find free subnet",
        "is already used on the host or by another config",
    ];

    private static readonly string[] ImageWords =
    [
        "no such image",
        "manifest unknown",
        "pull access denied",
        "repository does not exist",
        "not found: manifest",
    ];

    private static bool HasAny(string text, params string[] words) =>
        words.Any(w => text.Contains(w, StringComparison.OrdinalIgnoreCase));
}
