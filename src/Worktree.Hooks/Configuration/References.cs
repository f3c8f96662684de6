using System.Text;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Configuration;

/// <summary>Fills in <c>${NAME}</c> references.</summary>
internal static class References
{
    /// <summary>
    /// The text with every <c>${NAME}</c> replaced by the variable's value; <c>$$</c> is a literal <c>$</c>, and a
    /// <c>$</c> before anything else stays as it is.
    /// </summary>
    /// <param name="text">The text with references.</param>
    /// <param name="variables">The values by name.</param>
    /// <param name="unknown">Makes the error for a name that is not there.</param>
    /// <exception cref="WorktreeHooksException">What <paramref name="unknown"/> made.</exception>
    public static string Fill(
        string text,
        IReadOnlyDictionary<string, string> variables,
        Func<string, WorktreeHooksException> unknown
    )
    {
        var filled = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var rest = text.AsSpan(i);
            if (rest.StartsWith("$$"))
            {
                filled.Append('$');
                i++;
            }
            else if (rest.StartsWith("${") && rest.IndexOf('}') is var end and > 0)
            {
                var name = rest[2..end].ToString();
                filled.Append(
                    variables.TryGetValue(name, out var value) ? value : throw unknown(name)
                );
                i += end;
            }
            else
            {
                filled.Append(text[i]);
            }
        }
        return filled.ToString();
    }
}
