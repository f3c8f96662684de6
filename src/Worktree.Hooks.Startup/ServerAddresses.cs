using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace Worktree.Hooks.Startup;

/// <summary>
/// The variables by which ASP.NET Core learns where to listen. An address that stands in launchSettings.json, from where
/// <c>dotnet run</c> and editors take it, gets the worktree's port; so does a server that nobody gave an address. One
/// that somebody set in another way stays.
/// </summary>
internal static class ServerAddresses
{
    private static readonly string[] Urls = ["ASPNETCORE_URLS", "DOTNET_URLS"];
    private static readonly string[] HttpPorts = ["ASPNETCORE_HTTP_PORTS", "DOTNET_HTTP_PORTS"];
    private static readonly string[] HttpsPorts = ["ASPNETCORE_HTTPS_PORTS", "DOTNET_HTTPS_PORTS"];
    private static readonly string[] RedirectionPorts = ["ASPNETCORE_HTTPS_PORT"];

    /// <summary>Sets the variables of this process.</summary>
    /// <param name="http">The worktree's HTTP port; null where it has none.</param>
    /// <param name="https">The worktree's HTTPS port; null where it has none.</param>
    /// <param name="launchSettings">The project's launchSettings.json, which need not be there.</param>
    public static void Set(string? http, string? https, string? launchSettings)
    {
        if (Urls.Concat(HttpPorts).Concat(HttpsPorts).All(name => Value(name).Length == 0))
        {
            SetDefault(http, https);
            return;
        }
        var settings = File.Exists(launchSettings) ? File.ReadAllText(launchSettings) : "";
        Replace(Urls, urls => WithPorts(urls, http, https), settings);
        Replace(HttpPorts, _ => http, settings);
        Replace(HttpsPorts, _ => https, settings);
        Replace(RedirectionPorts, _ => https, settings);
    }

    // Without a certificate a server with an HTTPS address would not start.
    private static void SetDefault(string? http, string? https)
    {
        var urls = new List<string>();
        if (https is not null && DevelopmentCertificate.Exists())
        {
            urls.Add($"https://localhost:{https}");
        }
        if (http is not null)
        {
            urls.Add($"http://localhost:{http}");
        }
        if (urls.Count > 0)
        {
            Environment.SetEnvironmentVariable(Urls[0], string.Join(";", urls));
        }
    }

    private static void Replace(string[] names, Func<string, string?> change, string launchSettings)
    {
        foreach (var name in names)
        {
            var value = Value(name);
            if (
                value.Length > 0
                && launchSettings.Contains($"\"{value}\"")
                && change(value) is { } other
            )
            {
                Environment.SetEnvironmentVariable(name, other);
            }
        }
    }

    // The worktree has one port of each kind: further addresses of a kind are left out, as they would collide.
    private static string WithPorts(string urls, string? http, string? https)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var result = new List<string>();
        foreach (var url in urls.Split([';'], StringSplitOptions.RemoveEmptyEntries))
        {
            var match = Regex.Match(
                url.Trim(),
                @"^(?<scheme>https?)://(?<host>\[[^\]]*\]|[^:/]+)(?<port>:\d+)?(?<path>/.*)?$",
                RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
                TimeSpan.FromSeconds(1)
            );
            var scheme = match.Groups["scheme"].Value;
            var port = scheme.Equals("https", StringComparison.OrdinalIgnoreCase) ? https : http;
            if (!match.Success || port is null || match.Groups["port"].Value == ":0")
            {
                result.Add(url);
            }
            else if (seen.Add(scheme))
            {
                result.Add(
                    $"{scheme}://{match.Groups["host"].Value}:{port}{match.Groups["path"].Value}"
                );
            }
        }
        return string.Join(";", result);
    }

    private static string Value(string name) => Environment.GetEnvironmentVariable(name) ?? "";
}
