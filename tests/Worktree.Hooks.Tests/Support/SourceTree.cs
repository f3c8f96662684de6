using System.Runtime.CompilerServices;

namespace Worktree.Hooks.Tests.Support;

/// <summary>The files of this repository, for the tests that hold the house.</summary>
internal static class SourceTree
{
    private static readonly string[] NotOurs =
    [
        "bin",
        "obj",
        "artifacts",
        "TestResults",
        "BenchmarkDotNet.Artifacts",
        "__mismatch__",
    ];

    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A path below the root.</summary>
    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>The files below a folder of the root without what builds leave there, as full paths.</summary>
    /// <param name="folder">The folder, such as <c>src</c>; empty for the whole tree.</param>
    /// <param name="pattern">Such as <c>*.cs</c>.</param>
    public static IEnumerable<string> Files(string folder, string pattern) =>
        Walk(At(folder), pattern).Order(StringComparer.Ordinal);

    /// <summary>A path as the tests show it: relative to the root, with slashes.</summary>
    public static string Relative(string path) =>
        Path.GetRelativePath(Root, path).Replace(Path.DirectorySeparatorChar, '/');

    private static IEnumerable<string> Walk(string folder, string pattern)
    {
        // Hidden folders are git's, the IDEs' and nested worktrees; none of ours has sources.
        var inner = Directory
            .EnumerateDirectories(folder)
            .Where(d =>
                Path.GetFileName(d) is var name
                && !name.StartsWith('.')
                && !NotOurs.Contains(name, StringComparer.Ordinal)
            );
        return Directory
            .EnumerateFiles(folder, pattern)
            .Concat(inner.SelectMany(d => Walk(d, pattern)));
    }

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        var folder = Path.GetDirectoryName(thisFile);
        while (folder is not null && !File.Exists(Path.Combine(folder, "Worktree.Hooks.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }
        return folder ?? throw new InvalidOperationException($"no solution encloses '{thisFile}'");
    }
}
