using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Setup;

/// <summary>How the hook's executable runs.</summary>
internal enum HookExecutableKind
{
    /// <summary>Native AOT: starts in milliseconds, for one system and processor.</summary>
    Native,

    /// <summary>Needs the .NET runtime, which must be found.</summary>
    Portable,
}

/// <summary>A folder with the hook's executable: a build's output, a published one, or the installed one.</summary>
/// <param name="Folder">Where it lies.</param>
/// <param name="Kind">Native or portable.</param>
/// <param name="Version">The product's version.</param>
/// <param name="Files">What belongs to it, relative to the folder with <c>/</c>, in ordinal order.</param>
internal sealed record HookExecutable(
    string Folder,
    HookExecutableKind Kind,
    Version Version,
    IReadOnlyList<string> Files
)
{
    private const string Name = "dotnet-worktree";
    private const string ScriptName = "post-checkout";

    /// <summary>The executable in a folder, or null where the folder holds none that is whole.</summary>
    public static HookExecutable? TryLoad(string folder)
    {
        var isPortable = File.Exists(Path.Combine(folder, $"{Name}.dll"));
        var suffix = OperatingSystem.IsWindows() ? ".exe" : "";
        var main = isPortable ? $"{Name}.dll" : Name + suffix;
        string[] needed = [main, $"{Name}.version", ScriptName];
        if (needed.Any(file => !File.Exists(Path.Combine(folder, file))))
        {
            return null;
        }
        var text = File.ReadAllText(Path.Combine(folder, $"{Name}.version")).Trim();
        return new HookExecutable(
            folder,
            isPortable ? HookExecutableKind.Portable : HookExecutableKind.Native,
            Version.TryParse(text.Split('-', '+')[0], out var version)
                ? version
                : new Version(0, 0),
            [.. FilesOf(folder).Order(StringComparer.Ordinal)]
        );
    }

    /// <summary>The executable in a folder.</summary>
    /// <exception cref="WorktreeHooksException">WTH1005: there is none.</exception>
    public static HookExecutable Load(string folder) =>
        TryLoad(folder)
        ?? throw new WorktreeHooksException(
            ErrorCatalogue.HookNotInstalled,
            $"'{folder}' does not hold the hook's executable ({Name}, {Name}.version and {ScriptName}). "
                + "Build src/Worktree.Hooks.Runner, or publish it, and install from its output folder."
        );

    /// <summary>
    /// True where this one is to take the place of the installed one: nothing older comes in for something newer, and
    /// nothing portable for a native one of the same version; of two builds of one version the later wins.
    /// </summary>
    public bool Replaces(HookExecutable? installed)
    {
        if (installed is null || Version > installed.Version)
        {
            return true;
        }
        if (Version < installed.Version)
        {
            return false;
        }
        return Kind == installed.Kind
            ? LastWrite > installed.LastWrite
            : Kind == HookExecutableKind.Native;
    }

    /// <summary>Names, lengths and times of the files: equal where nothing was built since. Reads no content.</summary>
    public string Fingerprint
    {
        get
        {
            var text = new StringBuilder(Folder);
            foreach (var file in Files)
            {
                var info = new FileInfo(Path.Combine(Folder, file));
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"\n{file}\t{info.Length}\t{info.LastWriteTimeUtc.Ticks}"
                );
            }
            return Convert.ToHexStringLower(
                SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))
            );
        }
    }

    /// <summary>The hash of names and contents, short enough for a folder's name.</summary>
    public string ContentHash
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var file in Files)
            {
                using var stream = File.OpenRead(Path.Combine(Folder, file));
                hash.AppendData(Encoding.UTF8.GetBytes($"{file}\n"));
                hash.AppendData(SHA256.HashData(stream));
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
        }
    }

    /// <summary>Copies the files, with their times and modes, into a folder that is not there yet.</summary>
    public void CopyTo(string target)
    {
        foreach (var file in Files)
        {
            var copy = Path.Combine(target, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(Folder, file), copy);
        }
    }

    private DateTime LastWrite =>
        Files.Max(file => File.GetLastWriteTimeUtc(Path.Combine(Folder, file)));

    private static IEnumerable<string> FilesOf(string folder) =>
        Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
            .Where(file =>
                Path.GetExtension(file) is not (".pdb" or ".dbg" or ".xml")
                && !file.EndsWith(".dev.json", StringComparison.Ordinal)
                && IsForThisProcessor(file)
            );

    // A build's runtimes folder has the native libraries of every system, 50 MB. Those of this processor stay, for all
    // systems: a container may see the repository too.
    private static bool IsForThisProcessor(string file)
    {
        if (!file.StartsWith("runtimes/", StringComparison.Ordinal))
        {
            return true;
        }
        var architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        return file.Split('/')[1].EndsWith($"-{architecture}", StringComparison.Ordinal);
    }
}
