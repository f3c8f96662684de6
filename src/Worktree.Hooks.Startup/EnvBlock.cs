using System;
using System.Collections.Generic;
using System.IO;

namespace Worktree.Hooks.Startup;

/// <summary>Reads our block in <c>.env.local</c>. The user's own lines are for readers of dotenv files.</summary>
internal static class EnvBlock
{
    /// <summary>The block's variables, unquoted; none where there is no block.</summary>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static Dictionary<string, string> Read(string path)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        var isOurs = false;
        foreach (var line in File.ReadAllLines(path))
        {
            if (line.StartsWith("# >>> worktree-hooks", StringComparison.Ordinal))
            {
                isOurs = true;
            }
            else if (line.StartsWith("# <<< worktree-hooks", StringComparison.Ordinal))
            {
                isOurs = false;
            }
            else if (isOurs && line.IndexOf('=') is var end and > 0)
            {
                variables[line.Substring(0, end)] = Unquote(line.Substring(end + 1));
            }
        }
        return variables;
    }

    // The writer quotes so that what stands between the quotes is the value itself.
    private static string Unquote(string text) =>
        text.Length >= 2 && text[0] is '\'' or '"' && text[text.Length - 1] == text[0]
            ? text.Substring(1, text.Length - 2)
            : text;
}
