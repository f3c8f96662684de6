using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>The post-checkout file that an older git runs, and whatever the user or another hook manager has there.</summary>
internal sealed class HookFile(string path)
{
    /// <summary>The file's name in every hooks folder.</summary>
    public const string Name = "post-checkout";

    // lefthook and pre-commit move a hook that they find to these names; pre-commit goes on running it.
    private static readonly string[] MovedNames = [$"{Name}.old", $"{Name}.legacy"];

    private const UnixFileMode AnyExecute =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private const UnixFileMode ExecutableMode =
        UnixFileMode.UserRead
        | UnixFileMode.UserWrite
        | UnixFileMode.GroupRead
        | UnixFileMode.OtherRead
        | AnyExecute;

    public string Path { get; } = path;

    private string Folder => System.IO.Path.GetDirectoryName(Path)!;

    // A link is the user's own arrangement, often into the work tree: what it names is never written.
    private bool IsLink => new FileInfo(Path).LinkTarget is not null;

    /// <summary>True where git runs our block from it, as this version writes it.</summary>
    public bool HasCurrentBlock => TryRead() is { HasCurrentBlock: true } && IsExecutable;

    /// <summary>True where a block of ours, of any version, stands in it.</summary>
    public bool HasBlock => TryRead() is { HasBlock: true };

    /// <summary>True where something else than our block is in it or chained by it.</summary>
    public bool HasOtherContent => TryRead() is { } script && (script.WithoutBlock() is not null);

    /// <summary>True where we made it and nobody added to it.</summary>
    public bool IsOursAlone =>
        TryRead() is { HasBlock: true } script && script.WithoutBlock() is null;

    /// <summary>False where the folder cannot be one, as with <c>core.hooksPath=/dev/null</c>.</summary>
    public bool CanBeWritten
    {
        get
        {
            var folder = Folder;
            while (!System.IO.Path.Exists(folder))
            {
                folder = System.IO.Path.GetDirectoryName(folder)!;
            }
            return Directory.Exists(folder);
        }
    }

    /// <summary>
    /// Puts our block into the file, or makes it, or moves a hook that takes no shell lines aside and chains it. Each
    /// is one rename: git finds the former file or the new one.
    /// </summary>
    /// <returns>The topmost folder that had to be made; null where none.</returns>
    public string? AddBlock()
    {
        var made = MakeFolder();
        var script = TryRead();
        if (script is null && !IsLink)
        {
            AtomicFile.Write(Path, HookScript.Create().ToBytes(), ExecutableMode);
        }
        else if (
            script is not null
            && !IsLink
            && (script.HasBlock || (script.TakesShellLines && IsExecutable))
        )
        {
            AtomicFile.Write(Path, script.WithBlock().ToBytes());
        }
        else
        {
            var chained = KeepAside();
            AtomicFile.Write(Path, HookScript.CreateChaining(chained).ToBytes());
        }
        if (!OperatingSystem.IsWindows() && !IsExecutable)
        {
            File.SetUnixFileMode(Path, File.GetUnixFileMode(Path) | AnyExecute);
        }
        CleanMovedCopies();
        return made;
    }

    /// <summary>Gives the file its former bytes and mode, or deletes it where we made it.</summary>
    /// <param name="madeFolder">What <see cref="AddBlock"/> returned: deleted too as far as it is empty.</param>
    public void RemoveBlock(string? madeFolder)
    {
        if (!IsLink && TryRead() is { HasBlock: true } script)
        {
            if (script.ChainedName is { } name && ExistsOrIsLink(InFolder(name)))
            {
                File.Move(InFolder(name), Path, overwrite: true);
            }
            else if (script.ChainedName is null && script.WithoutBlock() is { } former)
            {
                AtomicFile.Write(Path, former.ToBytes());
            }
            else
            {
                File.Delete(Path);
            }
        }
        CleanMovedCopies();
        DeleteLeftovers();
        DeleteEmptyFolders(madeFolder);
    }

    // Our block in them would fire a second time, or come back with them.
    private void CleanMovedCopies()
    {
        foreach (var moved in MovedNames.Select(name => new HookFile(InFolder(name))))
        {
            if (
                moved is { IsLink: false }
                && moved.TryRead() is { HasBlock: true, ChainedName: null } script
            )
            {
                if (script.WithoutBlock() is { } former)
                {
                    AtomicFile.Write(moved.Path, former.ToBytes());
                }
                else
                {
                    File.Delete(moved.Path);
                }
            }
        }
    }

    // What a killed AddBlock left: a copy of the hook that stayed in force, a file that was not renamed yet.
    private void DeleteLeftovers()
    {
        var aside = InFolder(HookText.ChainedName);
        if (File.Exists(aside) && File.Exists(Path) && HasSameContent(aside))
        {
            File.Delete(aside);
        }
        if (Directory.Exists(Folder))
        {
            File.Delete(Path + AtomicFile.TemporarySuffix);
        }
    }

    private bool HasSameContent(string file) =>
        File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(Path));

    private bool IsExecutable =>
        OperatingSystem.IsWindows()
        || (File.GetUnixFileMode(Path) & AnyExecute) != UnixFileMode.None;

    private HookScript? TryRead() =>
        File.Exists(Path) && !IsBrokenLink ? HookScript.FromBytes(File.ReadAllBytes(Path)) : null;

    private bool IsBrokenLink =>
        IsLink
        && new FileInfo(Path).ResolveLinkTarget(returnFinalTarget: true) is not { Exists: true };

    private string InFolder(string name) => System.IO.Path.Combine(Folder, name);

    // A copy with its times and mode, and not a rename: killed now, the user's hook is still in force.
    private string KeepAside()
    {
        for (var number = 1; ; number++)
        {
            var name = number == 1 ? HookText.ChainedName : $"{HookText.ChainedName}-{number}";
            var aside = InFolder(name);
            if (new FileInfo(Path).LinkTarget is { } target)
            {
                if (!ExistsOrIsLink(aside))
                {
                    File.CreateSymbolicLink(aside, target);
                    return name;
                }
                if (new FileInfo(aside).LinkTarget == target)
                {
                    return name;
                }
            }
            else if (!ExistsOrIsLink(aside))
            {
                File.Copy(Path, aside);
                return name;
            }
            else if (HasSameContent(aside))
            {
                // Left by a run that was killed here.
                return name;
            }
        }
    }

    private static bool ExistsOrIsLink(string file) =>
        File.Exists(file) || new FileInfo(file).LinkTarget is not null;

    private string? MakeFolder()
    {
        string? topmost = null;
        for (var folder = Folder; !Directory.Exists(folder); )
        {
            topmost = folder;
            folder = System.IO.Path.GetDirectoryName(folder)!;
        }
        Directory.CreateDirectory(Folder);
        return topmost;
    }

    private void DeleteEmptyFolders(string? topmost)
    {
        if (topmost is null)
        {
            return;
        }
        for (
            var folder = Folder;
            folder.StartsWith(topmost, StringComparison.Ordinal)
                && Directory.Exists(folder)
                && !Directory.EnumerateFileSystemEntries(folder).Any();
            folder = System.IO.Path.GetDirectoryName(folder)!
        )
        {
            Directory.Delete(folder);
        }
    }
}
