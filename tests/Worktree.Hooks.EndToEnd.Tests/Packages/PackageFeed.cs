using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.EndToEnd.Tests.Packages;

/// <summary>
/// The packages of this working tree, made once by build/release.sh as for a release, and an older version of the
/// package: a local feed, which is all that the consumers may restore from. <c>WORKTREE_HOOKS_PACKAGES</c> names a
/// folder with packages that are tested instead: those of a release, before they are published.
/// </summary>
public sealed class PackageFeed : IDisposable
{
    /// <summary>The version that is tested, and the one before it.</summary>
    public const string Version = "0.1.0";

    public const string FormerVersion = "0.0.9";

    private readonly TemporaryFolder folder = new();
    private int consumers;

    public PackageFeed()
    {
        Environment = CleanEnvironment(folder.At("state"));
        Directory.CreateDirectory(Folder);
        var made = HostEnvironment.Capture().Variable("WORKTREE_HOOKS_PACKAGES");
        if (made is null)
        {
            Run("build/release.sh", "all", folder.At("out"));
        }
        else
        {
            foreach (var package in Directory.EnumerateFiles(made, "*.nupkg"))
            {
                File.Copy(package, Path.Combine(Folder, Path.GetFileName(package)));
            }
        }
    }

    /// <summary>The environment of every command: no variables of the dotnet that runs these tests, leases of its own.</summary>
    internal HostEnvironment Environment { get; }

    /// <summary>The folder with the packages.</summary>
    public string Folder => folder.At("out", "packages");

    /// <summary>A path in the folder of these tests.</summary>
    public string At(params string[] parts) => folder.At(parts);

    /// <summary>An empty repository with an empty package cache of its own, which restores from the feed alone.</summary>
    public Consumer CreateConsumer(string name = "shop", bool isRepository = true) =>
        new(this, folder.At($"{++consumers}", name), isRepository);

    public void Dispose() => folder.Dispose();

    private static HostEnvironment CleanEnvironment(string state)
    {
        var captured = HostEnvironment.Capture();
        var variables = captured
            .Variables.Where(v =>
                !v.Key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
                && !v.Key.StartsWith("VSTEST", StringComparison.OrdinalIgnoreCase)
                && !v.Key.StartsWith("WORKTREE", StringComparison.OrdinalIgnoreCase)
                && !v.Key.StartsWith("ASPNETCORE", StringComparison.OrdinalIgnoreCase)
                && v.Key is not ("DOTNET_STARTUP_HOOKS" or "DOTNET_LAUNCH_PROFILE")
            )
            .ToDictionary(v => v.Key, v => v.Value, StringComparer.Ordinal);
        variables["WORKTREE_HOOKS_STATE"] = state;
        variables["CI"] = "";
        variables["MSBUILDDISABLENODEREUSE"] = "1";
        variables["UseSharedCompilation"] = "false";
        return captured with { Variables = variables };
    }

    /// <summary>Packs the former version, without a native executable: so the portable one is tried too.</summary>
    public void PackFormer() =>
        Run(
            "dotnet",
            "pack",
            "src/Worktree.Hooks.Package",
            "-v:quiet",
            "-o",
            Folder,
            $"-p:Version={FormerVersion}",
            $"-p:ArtifactsPath={folder.At("out", "build")}",
            "-p:WorktreeHooksEnabled=false"
        );

    private void Run(string program, params string[] arguments)
    {
        var variables = new Dictionary<string, string>(
            Environment.Variables,
            StringComparer.Ordinal
        )
        {
            ["WORKTREE_HOOKS_VERSION"] = Version,
        };
        var result = ChildProcess.Run(
            Environment with
            {
                Variables = variables,
            },
            SourceTree.Root,
            program.Contains('/', StringComparison.Ordinal) ? SourceTree.At(program) : program,
            arguments
        );
        Assert.True(
            result.ExitCode == 0,
            $"{program} {string.Join(' ', arguments)}: {result.Output}{result.ErrorOutput}"
        );
    }
}

/// <summary>All tests of packages share the feed, as making it takes longer than most of them.</summary>
[CollectionDefinition(nameof(PackageFeed))]
#pragma warning disable CA1711 // xunit's own word for it
public sealed class PackageFeedCollection : ICollectionFixture<PackageFeed>;
#pragma warning restore CA1711
