using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.EnvFiles;

/// <summary>A worktree's <c>.env.local</c>: the user's file, in which one block is ours.</summary>
internal static class EnvFile
{
    /// <summary>The file's name at the worktree's root.</summary>
    public const string FileName = ".env.local";

    /// <summary>The block of a worktree's file, or null where there is none that can be read.</summary>
    public static SavedBlock? ReadSaved(string root)
    {
        try
        {
            return EnvDocument.Parse(File.ReadAllBytes(Path.Combine(root, FileName))).Saved;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Puts the allocation's block at the end of the file and leaves every other byte of it. The file is replaced
    /// whole and keeps its mode; unchanged content is not written, as its time stamp is a build input.
    /// </summary>
    /// <returns>True where the file was written.</returns>
    /// <exception cref="WorktreeHooksException">WTH3008: a link out of the worktree. WTH3009: not readable or writable. WTH3010: a value.</exception>
    public static bool Write(Allocation allocation, Narrator narrator)
    {
        var root = allocation.Identity.Checkout.Root;
        var path = TargetOf(root);
        try
        {
            // The hook and a build may be here at once.
            using var hold = FileLock.Acquire(
                Path.Combine(allocation.Identity.Checkout.StateDirectory, "env-file.lock")
            );
            var content = File.Exists(path) ? File.ReadAllBytes(path) : [];
            var document = EnvDocument.Parse(content);
            var replaced = document.WithBlock(allocation.ProjectName, allocation.Variables);
            WarnOfUserLines(document, path, allocation, narrator);
            if (replaced.AsSpan().SequenceEqual(content))
            {
                File.Delete(path + AtomicFile.TemporarySuffix);
                return false;
            }
            if (document.IsDamaged)
            {
                narrator.Warn(Damaged(path));
            }
            AtomicFile.Write(path, replaced);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.EnvFileUnwritable,
                $"'{path}' cannot be read or written: {e.Message} Mend the permissions of the file and its folder.",
                e
            );
        }
    }

    // A link inside the worktree is the user's way of arranging files; one that leaves it would change somebody else's.
    private static string TargetOf(string root)
    {
        var path = Path.Combine(root, FileName);
        if (new FileInfo(path).LinkTarget is not { } named)
        {
            return path;
        }
        var target = RealPath.Of(Path.GetFullPath(named, root));
        return target.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? target
            : throw new WorktreeHooksException(
                ErrorCatalogue.EnvFileIsALink,
                $"'{path}' is a symbolic link to '{target}', outside this worktree: writing it would change the ports of "
                    + "another. Replace the link by a file (rm it and copy what you need)."
            );
    }

    private static void WarnOfUserLines(
        EnvDocument document,
        string path,
        Allocation allocation,
        Narrator narrator
    )
    {
        var names = allocation.Variables.Select(v => v.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, line) in document.UserLinesThatSet(names))
        {
            narrator.Warn(
                new Diagnostic(
                    ErrorCatalogue.VariableSetTwice,
                    $"'{name}' is set here and in the block below, which wins. Take this line away, or rename it."
                )
                {
                    File = path,
                    Line = line,
                    Column = 1,
                }
            );
        }
    }

    private static Diagnostic Damaged(string path) =>
        new(
            ErrorCatalogue.BlockDamaged,
            "the block of worktree-hooks had no end; its variables were written anew and the lines after them were kept."
        )
        {
            File = path,
        };
}
