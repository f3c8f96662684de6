using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text.Json;

namespace Worktree.Hooks.EndToEnd.Tests;

/// <summary>What is packed from one commit is the same wherever that is done, and says where its sources are.</summary>
[Collection(nameof(RepositoryClone))]
public sealed class SameBytesTests(RepositoryClone repository)
{
    private const string Address = "https://github.com/example/worktree-hooks";

    // CC110556-A091-4D38-9FEC-25AB9A351A6A: the portable PDB format's kind of "Source Link".
    private static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    [Fact]
    public void Two_clones_make_the_same_files_and_their_symbols_lead_to_the_commit()
    {
        List<string> packages = [Pack("one"), Pack("another-place")];

        foreach (var kind in new[] { "nupkg", "snupkg" })
        {
            var contents = packages.Select(p => FilesOf(p, kind)).ToList();
            Assert.NotEmpty(contents[0]);
            Assert.Equal(contents[0], contents[1]);
        }
        var commit = repository.Git(repository.Root, "rev-parse", "HEAD").Trim();
        Assert.All(
            ["Worktree.Hooks", "Worktree.Hooks.Tasks", "dotnet-worktree"],
            name =>
                Assert.Equal(
                    $"https://raw.githubusercontent.com/example/worktree-hooks/{commit}/*",
                    SourcesOf(packages[0], $"tools/net10.0/{name}.pdb")
                )
        );
    }

    private string Pack(string name)
    {
        var clone = Path.Combine(Path.GetDirectoryName(repository.Root)!, name);
        repository.Git(repository.Root, "clone", "--quiet", repository.Root, clone);
        repository.Git(clone, "remote", "set-url", "origin", $"{Address}.git");
        repository
            .MSBuild(
                clone,
                "src/Worktree.Hooks.Package",
                "-restore",
                "-t:Pack",
                "-p:Configuration=Release",
                "-p:ContinuousIntegrationBuild=true",
                "-p:WorktreeHooksEnabled=false",
                "-p:RunAnalyzers=false",
                $"-p:PackageOutputPath={clone}/packages"
            )
            .Succeeded();
        return Path.Combine(clone, "packages");
    }

    // What NuGet adds of its own (a random name and the time) is not ours.
    private static Dictionary<string, string> FilesOf(string folder, string kind)
    {
        using var archive = Open(folder, kind);
        return archive
            .Entries.Where(e =>
                !e.FullName.StartsWith("_rels/", StringComparison.Ordinal)
                && !e.FullName.StartsWith("package/", StringComparison.Ordinal)
            )
            .ToDictionary(e => e.FullName, HashOf, StringComparer.Ordinal);
    }

    private static string HashOf(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(stream));
    }

    private static string? SourcesOf(string folder, string pdb)
    {
        using var archive = Open(folder, "snupkg");
        using var content = new MemoryStream();
        using (var stream = archive.GetEntry(pdb)!.Open())
        {
            stream.CopyTo(content);
        }
        content.Position = 0;
        using var provider = MetadataReaderProvider.FromPortablePdbStream(content);
        var reader = provider.GetMetadataReader();
        var link = reader
            .GetCustomDebugInformation(EntityHandle.ModuleDefinition)
            .Select(reader.GetCustomDebugInformation)
            .Single(i => reader.GetGuid(i.Kind) == SourceLink);
        using var map = JsonDocument.Parse(reader.GetBlobBytes(link.Value));
        return map.RootElement.GetProperty("documents").GetProperty("/_/*").GetString();
    }

    private static ZipArchive Open(string folder, string kind) =>
        ZipFile.OpenRead(
            Directory
                .EnumerateFiles(folder, $"*.{kind}")
                .Single(f => Path.GetExtension(f) == $".{kind}")
        );
}
