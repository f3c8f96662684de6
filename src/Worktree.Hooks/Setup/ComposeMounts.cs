using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>What a compose project takes from this machine, looked at before it starts.</summary>
internal static class ComposeMounts
{
    /// <summary>Refuses folders and files of this machine where the engine is on another: it would make an empty folder of each.</summary>
    /// <exception cref="WorktreeHooksException">WTH5037.</exception>
    public static void RequireReachable(ContainerEngine engine, PreparedCompose prepared)
    {
        if (!engine.IsRemote)
        {
            return;
        }
        foreach (var (name, service) in prepared.Enabled)
        {
            if (service.Volumes.FirstOrDefault(m => m.Type == "bind") is { } mount)
            {
                throw EngineErrors.RemoteMount(name, mount.Source, mount.Target, engine.Endpoint);
            }
            if (prepared.Project.FilesOf(service).FirstOrDefault() is { } file)
            {
                throw EngineErrors.RemoteFile(name, file, engine.Endpoint);
            }
        }
    }

    /// <summary>Makes the folders that are mounted and missing: the engine would make them as root.</summary>
    public static void MakeFolders(PreparedCompose prepared)
    {
        var root = prepared.Allocation.Identity.Checkout.Root;
        foreach (
            var mount in prepared
                .Enabled.SelectMany(s => s.Value.Volumes)
                .Where(m => m.Type == "bind")
        )
        {
            var source = (mount.Source ?? "").Replace("$$", "$", StringComparison.Ordinal);
            if (
                mount.Bind?.CreateHostPath == true
                && source.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
                && !File.Exists(source)
            )
            {
                Directory.CreateDirectory(source);
            }
        }
    }
}
