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
        var file = Path.Combine(checkout.CommonDirectory, "info", "exclude");
        // What stands there already need not be asked for: opening the repository takes a hook a millisecond.
        var missing = NotIgnored(checkout, Absent(Read(file), paths));
        if (missing.Count == 0)
        {
            return;
        }
        // Two hooks of two new worktrees may be here at once.
        using var hold = FileLock.Acquire(
            Path.Combine(checkout.CommonDirectory, "worktree-hooks", "exclude.lock")
        );
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var content = Read(file);
        var added = Absent(content, missing);
        if (added.Count > 0)
        {
            var start = content.Length > 0 && content[^1] != '\n' ? "\n" : "";
            var lines = string.Concat(added.Select(p => $"{LineFor(p)}\n"));
            AtomicFile.Write(file, [.. content, .. Encoding.UTF8.GetBytes(start + lines)]);
        }
    }

    /// <summary>Takes one of our lines out again.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Remove(Checkout checkout, string path)
    {
        var file = Path.Combine(checkout.CommonDirectory, "info", "exclude");
        var line = Encoding.UTF8.GetBytes($"{LineFor(path)}\n");
        var content = Read(file);
        var at = content.AsSpan().IndexOf(line);
        if (at == 0 || (at > 0 && content[at - 1] == (byte)'\n'))
        {
            AtomicFile.Write(file, [.. content[..at], .. content[(at + line.Length)..]]);
        }
    }

    private static string LineFor(string path) => $"/{path}";

    private static byte[] Read(string file) => File.Exists(file) ? File.ReadAllBytes(file) : [];

    private static List<string> Absent(byte[] content, IReadOnlyList<string> paths)
    {
        var present = Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.TrimEntries);
        return [.. paths.Where(p => !present.Contains(LineFor(p), StringComparer.Ordinal))];
    }

    private static List<string> NotIgnored(Checkout checkout, List<string> paths)
    {
        if (paths.Count == 0)
        {
            return paths;
        }
        try
        {
            using var repository = new Repository(checkout.Root);
            return [.. paths.Where(p => !repository.Ignore.IsPathIgnored(p))];
        }
        catch (Exception e) when (CheckoutLocator.IsRefusal(e))
        {
            // Repositories that LibGit2Sharp refuses: a line too many in info/exclude does no harm.
            return paths;
        }
    }
}
