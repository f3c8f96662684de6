using System.Text.Json;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// Puts a whole copy in the place of the worktree's database. Whoever dies at any moment leaves the old database or the
/// new one under its name, or, where the file system cannot exchange, a journal that the next command completes.
/// </summary>
internal static class Publication
{
    /// <summary>Publishes <see cref="DatabasePlace.Temporary"/>, which is whole. To be called under the lock.</summary>
    /// <param name="place">The database.</param>
    /// <param name="manifest">The copy's manifest.</param>
    /// <param name="keepOld">True where a replaced database becomes the previous generation.</param>
    /// <param name="deletesWork">True where somebody's work goes with the old one: then the new one is on the disk before.</param>
    /// <param name="tryExchange">The one-step exchange; false where there is none.</param>
    public static void Publish(
        DatabasePlace place,
        CloneManifest manifest,
        bool keepOld,
        bool deletesWork,
        Func<string, string, bool> tryExchange
    )
    {
        var old = FileStat.TryOf(place.Target);
        if (deletesWork)
        {
            FolderTree.Sync(Path.GetDirectoryName(place.Temporary)!);
        }
        var journal = new PublicationJournal(
            FileStat.TryOf(place.Temporary)!.Inode,
            old?.Inode,
            keepOld,
            manifest
        );
        WriteJournal(place, journal);
        PutInPlace(place, tryExchange);
        Finish(place, journal);
    }

    /// <summary>
    /// Exchanges the worktree's database with its previous generation, which must be there; both must be complete in
    /// themselves. To be called under the lock. The manifest goes on telling of the last copy.
    /// </summary>
    /// <param name="place">The database.</param>
    /// <param name="tryExchange">The one-step exchange; false where there is none.</param>
    public static void Restore(DatabasePlace place, Func<string, string, bool> tryExchange)
    {
        var journal = new PublicationJournal(
            FileStat.TryOf(place.Previous)!.Inode,
            FileStat.TryOf(place.Target)?.Inode,
            KeepOld: true,
            CloneManifest.TryRead(place),
            IsRestore: true
        );
        WriteJournal(place, journal);
        Move(place.Previous, place.Temporary);
        PutInPlace(place, tryExchange);
        Finish(place, journal);
    }

    private static void WriteJournal(DatabasePlace place, PublicationJournal journal) =>
        AtomicFile.Write(
            place.JournalFile,
            JsonSerializer.SerializeToUtf8Bytes(journal, DatabaseRecords.Default.PublicationJournal)
        );

    private static void PutInPlace(DatabasePlace place, Func<string, string, bool> tryExchange)
    {
        if (FileStat.TryOf(place.Target) is null)
        {
            Move(place.Temporary, place.Target);
            return;
        }
        MoveCompanions(place, place.Target, place.Displaced);
        if (!tryExchange(place.Temporary, place.Target))
        {
            Move(place.Target, place.Displaced);
            Move(place.Temporary, place.Target);
        }
    }

    /// <summary>
    /// Sees to the journal of a command that died: a copy that was not in place yet is given up, or put in place where
    /// the old one had been moved away already; one that was in place gets its manifest, and the old one is kept or
    /// deleted. To be called under the lock.
    /// </summary>
    public static void Recover(DatabasePlace place)
    {
        if (TryReadJournal(place) is not { } journal)
        {
            return;
        }
        var target = FileStat.TryOf(place.Target);
        if (FileStat.TryOf(place.Temporary)?.Inode != journal.NewInode)
        {
            Finish(place, journal);
        }
        else if (target is null && journal.OldInode is not null)
        {
            Move(place.Temporary, place.Target);
            Finish(place, journal);
        }
        else
        {
            // Not in place yet: companions may have been moved away from the old one.
            MoveCompanions(place, place.Displaced, place.Target);
            if (journal.IsRestore)
            {
                Move(place.Temporary, place.Previous);
            }
            File.Delete(place.JournalFile);
        }
    }

    // Each step may have been done before; the journal goes last.
    private static void Finish(DatabasePlace place, PublicationJournal journal)
    {
        if (IsOld(place.Temporary, journal))
        {
            Move(place.Temporary, place.Displaced);
        }
        journal.Manifest?.Write(place);
        if (journal.KeepOld && IsOld(place.Displaced, journal))
        {
            place.Discard(place.Previous);
            MoveCompanions(place, place.Displaced, place.Previous);
            Move(place.Displaced, place.Previous);
        }
        place.Discard(place.Displaced);
        File.Delete(place.JournalFile);
    }

    private static bool IsOld(string path, PublicationJournal journal) =>
        journal.OldInode is { } old && FileStat.TryOf(path)?.Inode == old;

    private static PublicationJournal? TryReadJournal(DatabasePlace place)
    {
        try
        {
            return JsonSerializer.Deserialize(
                File.ReadAllBytes(place.JournalFile),
                DatabaseRecords.Default.PublicationJournal
            );
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static void MoveCompanions(DatabasePlace place, string from, string to)
    {
        foreach (var suffix in place.CompanionSuffixes)
        {
            if (File.Exists(from + suffix))
            {
                Move(from + suffix, to + suffix);
            }
        }
    }

    private static void Move(string from, string to)
    {
        if (FileStat.TryOf(from)?.Kind == FileKind.Directory)
        {
            Directory.Move(from, to);
        }
        else
        {
            File.Move(from, to, overwrite: true);
        }
    }
}
