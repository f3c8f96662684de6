using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>
/// Gives a linked worktree what a relative core.hooksPath needs in each work tree: the folders that a hook manager makes
/// and ignores (the <c>_</c> of husky and Husky.Net), without which hooks fail or stay silent there, and our block. So
/// the hook fires too where <c>git worktree add</c> is run from that worktree.
/// </summary>
internal static class HookSeed
{
    /// <summary>Remembers a relative core.hooksPath for <see cref="Ensure"/>, which must not start git.</summary>
    public static void Remember(HookHome home, string? hooksPath)
    {
        if (IsRelative(hooksPath))
        {
            AtomicFile.WriteText(home.RelativePathFile, hooksPath + "\n");
        }
        else
        {
            File.Delete(home.RelativePathFile);
        }
    }

    /// <summary>True for a core.hooksPath that counts from each work tree and stays inside it.</summary>
    public static bool IsRelative(string? hooksPath) =>
        hooksPath is { Length: > 0 }
        && !Path.IsPathRooted(hooksPath)
        && !hooksPath.StartsWith('~')
        && !hooksPath.Split('/', '\\').Contains("..");

    /// <summary>Copies what is missing from main. What cannot be copied is main's hook manager's to mend: nothing fails.</summary>
    public static void Ensure(Checkout checkout, string? mainRoot)
    {
        var note = new HookHome(checkout.CommonDirectory).RelativePathFile;
        if (mainRoot is null || !checkout.IsLinked || !File.Exists(note))
        {
            return;
        }
        try
        {
            var hooksPath = File.ReadAllText(note).TrimEnd('\n');
            var source = Path.Combine(mainRoot, hooksPath);
            if (!Directory.Exists(source))
            {
                return;
            }
            var target = Path.Combine(checkout.Root, hooksPath);
            foreach (var folder in Directory.EnumerateDirectories(source).Prepend(source))
            {
                var copy =
                    folder == source ? target : Path.Combine(target, Path.GetFileName(folder));
                if (IgnoresItself(folder) && !Path.Exists(copy))
                {
                    CopyWhole(folder, copy);
                }
            }
            AddBlock(new HookFile(Path.Combine(source, HookFile.Name)), target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The worktree has its ports and database all the same.
        }
    }

    /// <summary>Takes our block out of the worktrees that <see cref="Ensure"/> gave it.</summary>
    public static void RemoveBlocks(string commonDirectory, string? hooksPath)
    {
        if (IsRelative(hooksPath))
        {
            foreach (var worktree in WorktreeList.Linked(commonDirectory).Where(w => w.Exists))
            {
                new HookFile(Path.Combine(worktree.Root!, hooksPath!, HookFile.Name)).RemoveBlock(
                    madeFolder: null
                );
            }
        }
    }

    // A hook of the user's that git tracks is there already, with our block once it is committed.
    private static void AddBlock(HookFile ofMain, string target)
    {
        var own = new HookFile(Path.Combine(target, HookFile.Name));
        if (ofMain.IsOursAlone && !File.Exists(own.Path))
        {
            own.AddBlock();
        }
    }

    // As both huskies write it: a .gitignore of one line.
    private static bool IgnoresItself(string folder) =>
        Path.Combine(folder, ".gitignore") is var file
        && File.Exists(file)
        && File.ReadAllText(file).Trim() == "*";

    private static void CopyWhole(string source, string target)
    {
        var beside = target + AtomicFile.TemporarySuffix;
        FolderTree.Delete(beside);
        Copy(source, beside);
        Directory.Move(beside, target);
    }

    private static void Copy(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(source))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }
        foreach (var folder in Directory.EnumerateDirectories(source))
        {
            Copy(folder, Path.Combine(target, Path.GetFileName(folder)));
        }
    }
}
