namespace Worktree.Hooks.Setup;

/// <summary>
/// The files of a work tree that <c>init</c> looks at: not what builds and package managers leave, not hidden folders,
/// and nothing of other repositories inside it (worktrees, submodules).
/// </summary>
internal sealed class InitFiles
{
    /// <summary>What MSBuild builds.</summary>
    public static readonly string[] ProjectExtensions = [".csproj", ".fsproj", ".vbproj"];

    private const int DeepestFolder = 6;

    private static readonly HashSet<string> NotLookedInto = new(
        ["bin", "obj", "node_modules", "packages", "artifacts", "TestResults", "vendor", "venv"],
        StringComparer.OrdinalIgnoreCase
    );

    /// <summary>Walks the work tree once.</summary>
    public InitFiles(string root)
    {
        Root = root;
        All = [.. Walk(root, 0).Order(StringComparer.Ordinal)];
    }

    /// <summary>The work tree's root.</summary>
    public string Root { get; }

    /// <summary>Paths relative to the root, with slashes, in ordinal order.</summary>
    public IReadOnlyList<string> All { get; }

    /// <summary>The files of this name in any folder, those nearest to the root first.</summary>
    public IEnumerable<string> Named(string name) =>
        All.Where(file => NameOf(file) == name).OrderBy(file => file.Count(c => c == '/'));

    /// <summary>The files with one of these extensions, each with its dot.</summary>
    public IEnumerable<string> WithExtension(params string[] extensions) =>
        All.Where(file =>
            extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)
        );

    /// <summary>The full path of a file.</summary>
    public string FullPath(string file) => Path.GetFullPath(file, Root);

    /// <summary>The bytes of a file; null where this user may not read it.</summary>
    public byte[]? TryRead(string file)
    {
        try
        {
            return File.ReadAllBytes(FullPath(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The last part of a path with slashes.</summary>
    public static string NameOf(string file) => file[(file.LastIndexOf('/') + 1)..];

    /// <summary>What stands before the last slash; empty for a file at the root.</summary>
    public static string FolderOf(string file) =>
        file.LastIndexOf('/') is var end and > 0 ? file[..end] : "";

    private IEnumerable<string> Walk(string folder, int depth)
    {
        var options = new EnumerationOptions
        {
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
        };
        foreach (var file in Directory.EnumerateFiles(folder, "*", options))
        {
            yield return Path.GetRelativePath(Root, file).Replace('\\', '/');
        }
        var inner = Directory
            .EnumerateDirectories(folder, "*", options)
            .Where(d => depth < DeepestFolder && IsLookedInto(d))
            .SelectMany(d => Walk(d, depth + 1));
        foreach (var file in inner)
        {
            yield return file;
        }
    }

    private static bool IsLookedInto(string folder) =>
        Path.GetFileName(folder) is var name
        && !name.StartsWith('.')
        && !NotLookedInto.Contains(name)
        && !Path.Exists(Path.Combine(folder, ".git"));
}
