using System.Text;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.EnvFiles;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tasks;

/// <summary>
/// The stamp in the private git dir: by its age and its lines, <c>Worktree.Hooks.targets</c> sees without a task that
/// a build has nothing to do. Each line is a kind in 8 columns and a path.
/// </summary>
internal static class AllocationStamp
{
    /// <summary>Replaces the stamp; its time is that of the allocation.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(
        string path,
        string targetsFile,
        Allocation allocation,
        HostEnvironment environment
    )
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var text = new StringBuilder();
        foreach (
            var (kind, file) in Facts(allocation, environment).Append(("targets", targetsFile))
        )
        {
            text.Append(kind.PadRight(8)).Append(file).Append('\n');
        }
        AtomicFile.WriteText(path, text.ToString());
    }

    private static IEnumerable<(string Kind, string Path)> Facts(
        Allocation allocation,
        HostEnvironment environment
    )
    {
        var root = allocation.Identity.Checkout.Root;
        var mainRoot = allocation.Identity.MainRoot;
        yield return ("env", Path.Combine(root, EnvFile.FileName));

        // The worktree's own worktree.json comes before main's, also where it appears later.
        string?[] files =
        [
            ConfigurationIn(root),
            ConfigurationIn(mainRoot),
            allocation.Configuration.File,
        ];
        foreach (var file in files.OfType<string>().Distinct(StringComparer.Ordinal))
        {
            yield return (File.Exists(file) ? "file" : "absent", file);
        }
        var leases = Path.Combine(environment.StateDirectory, "leases.json");
        if (File.Exists(leases))
        {
            yield return ("exists", leases);
        }
        foreach (var file in HookInstaller.WatchedFiles(allocation.Identity.Checkout))
        {
            yield return ("file", file);
        }
        if (allocation.Identity.IsMain || mainRoot is null)
        {
            yield break;
        }
        foreach (var database in allocation.Configuration.Databases)
        {
            // Missing on both sides: the copy is due once main has one.
            var own = Path.Combine(root, database.Path);
            yield return Path.Exists(own)
                ? ("exists", own)
                : ("absent", Path.Combine(mainRoot, database.Path));
        }
    }

    private static string? ConfigurationIn(string? folder) =>
        folder is null ? null : Path.Combine(folder, WorktreeConfiguration.FileName);
}
