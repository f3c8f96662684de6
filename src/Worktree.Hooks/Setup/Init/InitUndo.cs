using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>What <c>init --undo</c> did.</summary>
/// <param name="Restored">The files that have their former bytes, or are gone as they were.</param>
/// <param name="Kept">The files that somebody changed since: they stay.</param>
/// <param name="HookRemoved">True where the hook that init installed was taken out.</param>
internal sealed record UndoReport(
    IReadOnlyList<string> Restored,
    IReadOnlyList<string> Kept,
    bool HookRemoved
);

/// <summary>Takes back what <c>init</c> did in a worktree.</summary>
internal static class InitUndo
{
    /// <summary>
    /// Gives the files their former bytes. One that was changed since keeps those changes: of a file that init changed,
    /// its own lines alone are taken out; one that it made stays.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH1023: init did nothing here. WTH1022: a file cannot be written.</exception>
    public static UndoReport Run(HostEnvironment environment, string folder, Narrator narrator)
    {
        var checkout = CheckoutLocator.Locate(folder);
        var record = InitRecord.Load(checkout);
        if (record.Files.Count == 0 && !record.HookInstalled)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.NothingToUndo,
                $"'{checkout.Root}': no init of this worktree is recorded in '{checkout.StateDirectory}'. Run it in the "
                    + "worktree in which 'dotnet worktree init' ran, or take the change out with git."
            );
        }
        var restored = new List<string>();
        var kept = new List<string>();
        foreach (var entry in record.Files.Reverse())
        {
            (Undo(checkout.Root, entry, narrator) ? restored : kept).Add(entry.Path);
        }
        var hookRemoved =
            record.HookInstalled && HookInstaller.Uninstall(environment, checkout, narrator);
        new InitRecord([], HookInstalled: false).Save(checkout);
        return new UndoReport(restored, kept, hookRemoved);
    }

    private static bool Undo(string root, InitRecordEntry entry, Narrator narrator)
    {
        var current = InitWriter.ReadExisting(root, entry.Path);
        if (InitWriter.IsAs(current, entry.Former))
        {
            return true;
        }
        if (InitWriter.IsAs(current, entry.Written))
        {
            InitWriter.Guard(entry.Path, () => InitWriter.Write(root, entry.Path, entry.Former));
            return true;
        }
        if (current is not null && WithoutOurs(current, entry) is { } rest)
        {
            InitWriter.Guard(entry.Path, () => InitWriter.Write(root, entry.Path, rest));
            return true;
        }
        narrator.Warn(
            new Diagnostic(
                ErrorCatalogue.InitFileChanged,
                $"'{entry.Path}' was changed since init wrote it, and is left as it is. "
                    + (
                        entry.Former is null
                            ? "Delete it if nothing in it is needed."
                            : "Take the lines of Worktree.Hooks out by hand."
                    )
            )
        );
        return false;
    }

    // What init inserted is the difference between the two contents that it knew; it must still stand in one piece.
    private static byte[]? WithoutOurs(byte[] current, InitRecordEntry entry)
    {
        if (entry.Former is not { } former || former.Length >= entry.Written.Length)
        {
            return null;
        }
        var start = former.AsSpan().CommonPrefixLength(entry.Written);
        var inserted = entry.Written.AsSpan(start, entry.Written.Length - former.Length);
        var at = current.AsSpan().IndexOf(inserted);
        return at < 0 ? null : [.. current[..at], .. current[(at + inserted.Length)..]];
    }
}
