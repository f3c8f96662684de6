using System.Text;
using LibGit2Sharp;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Git;

/// <summary>
/// Keeps our files out of <c>git status</c> where the repository does not ignore them: in the common dir's
/// <c>info/exclude</c>, which is never committed (gitignore(5)).
/// </summary>
internal static class ExcludeFile
{
    /// <summary>Adds what git does not ignore yet; lines that are there stay as they are.</summary>
    /// <param name="checkout">The worktree; its common dir's exclude file serves all of them.</param>
    /// <param name="paths">Paths relative to the root with <c>/</c>; a folder ends with <c>/</c>.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Ensure(Checkout checkout, IReadOnlyList<string> paths)
    {
        var missing = NotIgnored(checkout, paths);
        if (missing.Count == 0)
        {
            return;
        }
        // Two hooks of two new worktrees may be here at once.
        using var hold = FileLock.Acquire(
            Path.Combine(checkout.CommonDirectory, "worktree-hooks", "exclude.lock")
        );
        var file = Path.Combine(checkout.CommonDirectory, "info", "exclude");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var content = File.Exists(file) ? File.ReadAllBytes(file) : [];
        var present = Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.TrimEntries);
        var added = missing.Select(p => $"/{p}").Except(present, StringComparer.Ordinal).ToList();
        if (added.Count > 0)
        {
            var start = content.Length > 0 && content[^1] != '\n' ? "\n" : "";
            var lines = Encoding.UTF8.GetBytes($"{start}{string.Join('\n', added)}\n");
            AtomicFile.Write(file, [.. content, .. lines]);
        }
    }

    private static List<string> NotIgnored(Checkout checkout, IReadOnlyList<string> paths)
    {
        try
        {
            using var repository = new Repository(checkout.Root);
            return [.. paths.Where(p => !repository.Ignore.IsPathIgnored(p))];
        }
        catch (Exception e) when (CheckoutLocator.IsRefusal(e))
        {
            // Repositories that LibGit2Sharp refuses: a line too many in info/exclude does no harm.
            return [.. paths];
        }
    }
}
