using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// A container of an image that is there, as root and without a network, that sees main's database (read-only) and where
/// the worktree's is. It is gone after use; one of a command that was killed is removed by the next.
/// </summary>
internal sealed class HelperContainer : IDisposable
{
    /// <summary>The label of a container that is no server, whatever its image and mounts are.</summary>
    public const string Label = "worktree-hooks.helper";

    private const string Main = "/worktree-hooks/main";
    private const string Own = "/worktree-hooks/own";

    private readonly ContainerEngine engine;
    private readonly string id;
    private readonly CancellationToken cancellation;

    private HelperContainer(ContainerEngine engine, string id, CancellationToken cancellation)
    {
        this.engine = engine;
        this.id = id;
        this.cancellation = cancellation;
    }

    /// <summary>The folder in both that <c>$main</c> and <c>$own</c> are, relative with slashes; empty for what is mounted.</summary>
    public string Folder { get; set; } = "";

    /// <summary>Where a folder of this machine, or a volume, is mounted for <c>$main</c>.</summary>
    public static EngineMount MountOfMain(string? volume, string folder) =>
        new(volume, folder, Main, IsWritable: false);

    /// <summary>As <see cref="MountOfMain"/>, for <c>$own</c>.</summary>
    public static EngineMount MountOfOwn(string? volume, string folder) =>
        new(volume, folder, Own, IsWritable: true);

    /// <summary>Starts one. To be called under the lock of the worktree's copies.</summary>
    /// <exception cref="EngineException">The engine refuses.</exception>
    public static HelperContainer Start(
        ContainerEngine engine,
        string image,
        IReadOnlyList<EngineMount> mounts,
        string gitDirectory,
        CancellationToken cancellation
    )
    {
        var made = engine.Create(
            new EngineContainerRequest
            {
                Image = image,
                EntryPoint = ["sleep"],
                Command = ["86400"],
                User = "0:0",
                Network = "none",
                Labels = Labels(gitDirectory),
                Mounts = mounts,
            },
            cancellation
        );
        try
        {
            engine.Start(made, cancellation);
            return new HelperContainer(engine, made, cancellation);
        }
        catch
        {
            engine.Remove(made, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Ends and removes what killed commands left, before anything that they may write to is touched.</summary>
    public static void RemoveLeftOvers(
        ContainerEngine engine,
        string gitDirectory,
        CancellationToken cancellation
    )
    {
        var labels = Labels(gitDirectory).Select(l => $"{l.Key}={l.Value}");
        foreach (var container in engine.Containers(cancellation, [.. labels]))
        {
            engine.Remove(container.Id, cancellation);
        }
    }

    /// <summary>Runs a script of a plain <c>sh</c>, in which <c>$main</c> and <c>$own</c> are the two folders, and returns its output.</summary>
    /// <exception cref="IOException">It failed; the message is what it wrote.</exception>
    public string Run(string script, params string[] arguments)
    {
        var result = engine.Exec(
            id,
            [
                "sh",
                "-c",
                "set -eu; export LC_ALL=C; main=$1; own=$2; shift 2; " + script,
                "sh",
                $"{Main}/{Folder}".TrimEnd('/'),
                $"{Own}/{Folder}".TrimEnd('/'),
                .. arguments,
            ],
            cancellation
        );
        if (result.ExitCode == 0)
        {
            return result.Output;
        }
        var words = result.ErrorOutput.Trim();
        throw words.Contains("No space left on device", StringComparison.Ordinal)
            ? PosixError.DiskFull(words)
            : new IOException($"the helper container says: {words}");
    }

    public void Dispose() => engine.Remove(id, CancellationToken.None);

    private static Dictionary<string, string> Labels(string gitDirectory) =>
        new(StringComparer.Ordinal)
        {
            [WorktreeContainers.Label] = gitDirectory,
            [Label] = "database",
        };
}
