using System.Text.Json;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Leases;

/// <summary>
/// The lease file and its lock. Every change is one transaction: take the permanent lock file, read, decide, write a
/// temporary file, flush it, rename it. A process that dies leaves the old leases or the new ones, and no lock.
/// </summary>
internal sealed class LeaseStore
{
    private const string FileName = "leases.json";

    private readonly Narrator narrator;
    private readonly TimeProvider clock;
    private readonly string commonDirectory;

    private LeaseStore(
        string folder,
        string commonDirectory,
        HostEnvironment environment,
        Narrator narrator
    )
    {
        Folder = folder;
        this.commonDirectory = commonDirectory;
        clock = environment.Clock;
        this.narrator = narrator;
    }

    /// <summary>The folder that holds the leases.</summary>
    public string Folder { get; }

    /// <summary>The lease file.</summary>
    public string Path => System.IO.Path.Combine(Folder, FileName);

    /// <summary>
    /// The user's store; where its folder cannot be written, one in the repository's common dir, with a warning.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH2009: neither can be written.</exception>
    public static LeaseStore Open(
        HostEnvironment environment,
        string commonDirectory,
        Narrator narrator
    )
    {
        var userFolder = environment.StateDirectory;
        if (CannotWrite(userFolder) is not { } reason)
        {
            return new LeaseStore(userFolder, commonDirectory, environment, narrator);
        }
        var ownFolder = System.IO.Path.Combine(commonDirectory, "worktree-hooks");
        if (CannotWrite(ownFolder) is { } second)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.LeasesUnavailable,
                $"Neither '{userFolder}' ({reason}) nor '{ownFolder}' ({second}) can be written. "
                    + "Make one of them writable for this user, or point WORKTREE_HOOKS_STATE to a folder that is."
            );
        }
        narrator.Warn(
            new Diagnostic(
                ErrorCatalogue.StateFolderUnwritable,
                $"'{userFolder}' cannot be written ({reason}); leases go to '{ownFolder}', where other repositories do "
                    + "not see them. Make it writable, or point WORKTREE_HOOKS_STATE to another folder."
            )
        );
        return new LeaseStore(ownFolder, commonDirectory, environment, narrator);
    }

    /// <summary>The lease of a worktree as the file has it, or null.</summary>
    /// <exception cref="WorktreeHooksException">WTH2009: no store can be written.</exception>
    public static Lease? Find(HostEnvironment environment, Checkout checkout, Narrator narrator) =>
        Open(environment, checkout.CommonDirectory, narrator)
            .Query()
            .FirstOrDefault(l => l.GitDirectory == checkout.GitDirectory);

    /// <summary>
    /// Runs one transaction. <paramref name="change"/> gets the leases and may change the table; what it throws leaves
    /// the file as it was. An unchanged table is not written. <paramref name="readSavedBlock"/> is asked where the file
    /// is damaged.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH2003: the file is of a newer version. WTH2009: it cannot be written.</exception>
    public T Update<T>(ReadSavedBlock readSavedBlock, Func<LeaseTable, T> change)
    {
        using var hold = FileLock.Acquire(System.IO.Path.Combine(Folder, "leases.lock"));
        var table = Read(readSavedBlock);
        var result = change(table);
        if (table.IsChanged)
        {
            Write(table);
        }
        return result;
    }

    /// <summary>The leases as they are now. The file is replaced whole, so that no lock is needed to read it.</summary>
    public IReadOnlyList<Lease> Query() => [.. Look().Leases.Select(s => s.Lease)];

    /// <summary>The volumes without a name that a worktree has in an engine, also where its lease was freed.</summary>
    public IReadOnlyList<string> VolumesOf(string gitDirectory, string engine)
    {
        var file = Look();
        return
        [
            .. file
                .Leases.Where(s => s.Lease.GitDirectory == gitDirectory)
                .SelectMany(s => s.Lease.VolumesIn(engine))
                .Concat(
                    file.Remains.Where(r => r.GitDirectory == gitDirectory && r.Engine == engine)
                        .SelectMany(r => r.Volumes)
                )
                .Distinct(StringComparer.Ordinal),
        ];
    }

    /// <summary>
    /// True where what an engine has under a worktree's label is that worktree's: on another machine it may be of yet
    /// another one with a worktree at the same path, where this one never was.
    /// </summary>
    public bool IsOwner(string gitDirectory, ContainerEngine engine)
    {
        if (!engine.IsRemote)
        {
            return true;
        }
        var file = Look();
        return file
            .Leases.Where(s => s.Lease.GitDirectory == gitDirectory)
            .SelectMany(s => s.Lease.Remains)
            .Concat(file.Remains.Where(r => r.GitDirectory == gitDirectory))
            .Any(r => r.Engine == engine.Address);
    }

    private LeaseFile Look()
    {
        try
        {
            return File.Exists(Path) ? LeaseFormat.Read(File.ReadAllBytes(Path)) : LeaseFile.Empty;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or IOException)
        {
            return LeaseFile.Empty;
        }
    }

    private LeaseTable Read(ReadSavedBlock readSavedBlock)
    {
        byte[] content;
        try
        {
            content = File.ReadAllBytes(Path);
        }
        catch (FileNotFoundException)
        {
            return new LeaseTable(LeaseFile.Empty);
        }
        try
        {
            return new LeaseTable(LeaseFormat.Read(content));
        }
        catch (NotSupportedException e)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.LeaseFileNewer,
                $"'{Path}' has version {e.Message}, and this program knows version {LeaseFormat.CurrentVersion}. "
                    + "Update Worktree.Hooks (in this repository: build it again); the file was not touched.",
                e
            );
        }
        catch (JsonException)
        {
            return Rebuild(content, readSavedBlock);
        }
    }

    private LeaseTable Rebuild(byte[] content, ReadSavedBlock readSavedBlock)
    {
        var aside = $"{Path}.corrupt-{clock.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}";
        File.Move(Path, aside, overwrite: true);
        var leases = LeaseSalvage.FromEnvFiles(content, commonDirectory, readSavedBlock);
        narrator.Warn(
            new Diagnostic(
                ErrorCatalogue.LeaseFileCorrupt,
                $"'{Path}' is damaged; it was set aside as '{aside}', and {leases.Count} leases were taken from the "
                    + $"worktrees' .env.local files. {WhatIsLost(content)}"
            )
        );
        var table = new LeaseTable(LeaseFile.Empty) { IsChanged = true };
        foreach (var lease in leases)
        {
            table.Put(lease);
        }
        return table;
    }

    private static string WhatIsLost(ReadOnlySpan<byte> content) =>
        content.IndexOf("\"remains\""u8) >= 0 || content.IndexOf("\"engines\""u8) >= 0
            ? "In which engines removed worktrees left something, only the file that was set aside still says: look for "
                + "\"remains\" and \"engines\" there, and remove what you find."
            : "Nothing needs to be done.";

    private void Write(LeaseTable table)
    {
        try
        {
            AtomicFile.Write(
                Path,
                LeaseFormat.Write(table.ToFile()).Span,
                UnixFileMode.UserRead | UnixFileMode.UserWrite
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.LeasesUnavailable,
                $"'{Path}' cannot be written: {e.Message} The leases are as they were. Free disk space or mend the "
                    + "folder's permissions, and run the command again.",
                e
            );
        }
    }

    private static string? CannotWrite(string folder)
    {
        try
        {
            // Opening the lock file shows what a permission check only guesses (read-only file systems, ACLs).
            FileLock.RequireUsable(System.IO.Path.Combine(folder, "leases.lock"));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
