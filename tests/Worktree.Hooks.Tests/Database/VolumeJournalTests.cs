using Worktree.Hooks.Database;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Database;

/// <summary>
/// What a helper container runs on a volume, run on a folder by this machine's own shell, and ended after each of its
/// commands.
/// </summary>
public sealed class VolumeJournalTests : IDisposable
{
    // More than any of the scripts has; the last runs end by themselves.
    private const int Commands = 45;

    private static readonly string[] Kept = ["previous", "manifest.json"];

    private readonly string folder = Directory
        .CreateTempSubdirectory("worktree-hooks-volume")
        .FullName;

    private string Own => Path.Combine(folder, "own");

    [Theory]
    [InlineData("keep")]
    [InlineData("drop")]
    public void Whenever_the_exchange_dies_the_next_command_has_the_whole_old_database_or_the_whole_new_one(
        string keeps
    )
    {
        var ends = new HashSet<string>(StringComparer.Ordinal);
        for (var limit = 0; limit < Commands; limit++)
        {
            MakeVolume(hasPrevious: true);
            MakeDatabase(Path.Combine(Own, VolumeScripts.New), "new");
            Run(VolumeScripts.Publish, limit, keeps, "{}");
            Assert.True(IsStartable() is null or "old" or "new");

            Run(VolumeScripts.Recover, limit: null);

            var current = Database(Own);
            ends.Add(current);
            var previous = Database(Path.Combine(Own, VolumeScripts.Previous));
            Assert.Equal(current == "new" && keeps == "keep" ? "old" : "older", previous);
            Assert.Equal(
                current == "new",
                File.Exists(Path.Combine(Own, ".worktree-hooks/manifest.json"))
            );
            AssertNothingIsLeft();
        }
        Assert.Equal(["new", "old"], ends.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Whenever_a_restore_dies_neither_generation_is_lost()
    {
        var ends = new HashSet<string>(StringComparer.Ordinal);
        for (var limit = 0; limit < Commands; limit++)
        {
            MakeVolume(hasPrevious: true);
            Run(VolumeScripts.Restore, limit);

            Run(VolumeScripts.Recover, limit: null);

            var current = Database(Own);
            ends.Add(current);
            Assert.Equal(
                current == "old" ? "older" : "old",
                Database(Path.Combine(Own, VolumeScripts.Previous))
            );
            AssertNothingIsLeft();
        }
        Assert.Equal(["old", "older"], ends.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_copy_that_was_not_put_in_place_is_deleted_and_an_empty_volume_is_empty_again()
    {
        MakeDatabase(Path.Combine(Own, VolumeScripts.New), "new");

        Run(VolumeScripts.Recover, limit: null);

        Assert.Empty(Directory.EnumerateFileSystemEntries(Own));
    }

    [Fact]
    public void Without_a_previous_generation_a_restore_changes_nothing()
    {
        MakeVolume(hasPrevious: false);

        Assert.Equal("none", Run(VolumeScripts.Restore, limit: null).Trim());

        Assert.Equal("old", Database(Own));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private void MakeVolume(bool hasPrevious)
    {
        if (Directory.Exists(Own))
        {
            Directory.Delete(Own, recursive: true);
        }
        MakeDatabase(Own, "old");
        Directory.CreateDirectory(Path.Combine(Own, ".worktree-hooks"));
        if (hasPrevious)
        {
            MakeDatabase(Path.Combine(Own, VolumeScripts.Previous), "older");
        }
    }

    private static void MakeDatabase(string path, string name)
    {
        foreach (
            var file in new[] { "PG_VERSION", "global/pg_control", "base/1/2", ".hidden", "a b" }
        )
        {
            var full = Path.Combine(path, file);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, name);
        }
    }

    // The name of a database that is whole and unmixed.
    private static string Database(string path)
    {
        var files = Directory
            .EnumerateFiles(
                path,
                "*",
                new EnumerationOptions
                {
                    RecurseSubdirectories = true,
                    AttributesToSkip = FileAttributes.None,
                }
            )
            .Where(f =>
                !Path.GetRelativePath(path, f)
                    .StartsWith(".worktree-hooks", StringComparison.Ordinal)
            )
            .ToList();
        Assert.Equal(5, files.Count);
        return Assert.Single(files.Select(File.ReadAllText).Distinct(StringComparer.Ordinal));
    }

    private string? IsStartable() =>
        File.Exists(Path.Combine(Own, "global/pg_control")) ? Database(Own) : null;

    private void AssertNothingIsLeft() =>
        Assert.All(
            Directory.EnumerateFileSystemEntries(Path.Combine(Own, ".worktree-hooks")),
            e => Assert.Contains(Path.GetFileName(e), Kept)
        );

    private string Run(string script, int? limit, params string[] arguments)
    {
        // Each command that changes something counts, and beyond the limit the shell dies in its place.
        var counted = limit is null
            ? ""
            : $"n=0; count() {{ n=$((n + 1)); [ $n -le {limit} ] || exit 9; command \"$@\"; }}; "
                + "mv() { count mv \"$@\"; }; rm() { count rm \"$@\"; }; touch() { count touch \"$@\"; }; "
                + "mkdir() { count mkdir \"$@\"; }; rmdir() { count rmdir \"$@\"; }; printf() { count printf \"$@\"; }; sync() { count true; }; ";
        var result = ChildProcess.Run(
            HostEnvironment.Capture(),
            folder,
            "sh",
            ["-c", $"set -eu; {counted}own='{Own}'; {script}", "sh", .. arguments]
        );
        Assert.True(
            result.ExitCode == 0 || (limit is not null && result.ExitCode == 9),
            result.ErrorOutput
        );
        return result.Output;
    }
}
