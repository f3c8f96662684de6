namespace Worktree.Hooks.EndToEnd.Tests;

/// <summary>Databases in builds and commands: trouble never fails a build, and is never passed over in silence.</summary>
[Collection(nameof(RepositoryClone))]
public sealed class DatabaseTests(RepositoryClone clone) : IDisposable
{
    private const string Step =
        """ "services": { "step": { "command": "true", "ready": { "exit": 0 } } } """;
    private readonly string mains = Path.Combine(clone.Root, "data");

    public void Dispose() => Directory.Delete(mains, recursive: true);

    [Fact]
    public void A_database_that_cannot_be_copied_is_a_warning_in_each_build_until_it_can()
    {
        var root = WorktreeWith(
            """ "databases": [{ "type": "sqlite", "path": "data/shop.db" }] """
        );
        WriteMains(
            "shop.db",
            "this is no database, and long enough to be seen as one that is broken"
        );

        var first = clone.BuildOne(root).Succeeded();
        Assert.NotEmpty(first.Lines("warning WTH40"));
        Assert.True(File.Exists(Path.Combine(root, ".env.local")));
        Assert.NotEmpty(clone.BuildOne(root).Succeeded().Lines("warning WTH40"));
        Assert.NotEmpty(clone.MSBuild(root, "-t:SyncDatabase").Failed().Lines("error WTH40"));
        Assert.NotEmpty(clone.MSBuild(root, "-t:AllocateWorktree").Failed().Lines("error WTH40"));

        WriteMains("shop.db", "");
        Assert.Empty(clone.BuildOne(root).Succeeded().Lines("WTH40"));
        Assert.True(File.Exists(Path.Combine(root, "data", "shop.db")));
    }

    [Fact]
    public void A_start_refreshes_the_database_a_restart_keeps_it_and_a_property_overrides_both()
    {
        WriteMains("rows/a", "one");
        var root = WorktreeWith(
            $$""" "databases": [{ "type": "directory", "path": "data/rows" }], {{Step}} """
        );

        Assert.Equal("one", After("AllocateWorktree"));
        WriteMains("rows/a", "two");
        Assert.Equal("one", After("AllocateWorktree"));
        Assert.Equal("one", After("StartStack", "-p:KeepDb=true"));
        Assert.Equal("two", After("StartStack"));
        WriteMains("rows/a", "three");
        Assert.Equal("two", After("RestartStack"));
        Assert.Equal("three", After("RestartStack", "-p:SyncDb=true"));
        WriteMains("rows/a", "four");
        Assert.Equal("four", After("SyncDatabase"));

        string After(string target, params string[] properties)
        {
            clone.MSBuild(root, [$"-t:{target}", .. properties]).Succeeded();
            return File.ReadAllText(Path.Combine(root, "data", "rows", "a"));
        }
    }

    [Fact]
    public void A_start_installs_the_hook_as_a_build_does()
    {
        var root = WorktreeWith($$""" "databases": [], {{Step}} """);
        clone.Uninstall();

        Assert.Empty(
            clone
                .MSBuild(root, "-t:StartStack", "-p:WorktreeHooksInstall=false")
                .Succeeded()
                .Lines("the hook was installed")
        );
        Assert.Single(
            clone.MSBuild(root, "-t:StartStack").Succeeded().Lines("the hook was installed")
        );
    }

    private string WorktreeWith(string configuration)
    {
        Directory.CreateDirectory(mains);
        var root = clone.AddWorktree();
        File.WriteAllText(Path.Combine(root, "worktree.json"), $"{{ {configuration} }}");
        return root;
    }

    private void WriteMains(string file, string content)
    {
        var path = Path.Combine(mains, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
