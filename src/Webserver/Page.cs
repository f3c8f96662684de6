using System.Net;

namespace Webserver;

/// <summary>The sample's one page.</summary>
internal static class Page
{
    /// <summary>The page as HTML.</summary>
    public static string Of(Settings settings, IReadOnlyList<Visit> visits)
    {
        var rows = string.Join(
            "\n",
            visits.Select(v => $"      <li>{WebUtility.HtmlEncode(v.Note)}</li>")
        );
        var name = WebUtility.HtmlEncode(settings.Worktree);
        return $$"""
            <!doctype html>
            <html lang="en">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width">
              <title>{{name}}</title>
              <style>
                body { font: 1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem; color: #222 }
                h1 { margin-bottom: 0 } code { background: #f2f2f2; padding: .1em .3em; border-radius: .2em }
              </style>
            </head>
            <body>
              <h1>{{name}}</h1>
              <p>at <code>{{WebUtility.HtmlEncode(
                settings.Host
            )}}</code>, HTTP on <code>{{settings.HttpPort}}</code>,
                HTTPS on <code>{{settings.HttpsPort}}</code>. Its own rows:</p>
              <ol>
            {{rows}}
              </ol>
            </body>
            </html>
            """;
    }
}
