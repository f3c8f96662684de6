namespace Worktree.Hooks.EndToEnd.Tests;

/// <summary>What a build does by itself, in a clone of this very repository.</summary>
[Collection(nameof(RepositoryClone))]
public sealed class BuildTests(RepositoryClone clone)
{
    [Fact]
    public void A_fresh_clone_gets_its_ports_once_however_many_projects_and_nodes()
    {
        var build = clone.FirstBuild.Succeeded();

        Assert.Single(build.Lines("worktree-hooks: main of worktree-hooks"));
        Assert.Contains("APP_PORT=5001", EnvOf(clone.Root), StringComparison.Ordinal);
        Assert.Single(build.Lines("worktree-hooks: building its tasks"));
        Assert.Single(build.Lines("worktree-hooks: the hook was installed"));
        Assert.True(File.Exists(Path.Combine(clone.AddWorktree(), ".env.local")));
    }

    [Fact]
    public void A_build_with_nothing_to_do_starts_no_task()
    {
        // Other tests have started stacks and taken the hook out and in again meanwhile.
        clone.BuildFew(clone.Root).Succeeded();
        var stamp = Path.Combine(clone.Root, ".git", "worktree-hooks", "allocated.stamp");
        var before = File.GetLastWriteTimeUtc(stamp);

        var build = clone.BuildFew(clone.Root, "-graph").Succeeded();

        Assert.Empty(build.Lines("Worktree.Hooks.proj"));
        Assert.Empty(build.Lines("Bootstrap.proj"));
        Assert.Equal(before, File.GetLastWriteTimeUtc(stamp));
    }

    [Fact]
    public void A_deleted_env_file_a_deleted_lease_file_and_a_new_worktree_json_are_each_noticed()
    {
        var root = clone.AddWorktree();
        clone.BuildOne(root).Succeeded();
        var ports = EnvOf(root);

        File.Delete(Path.Combine(root, ".env.local"));
        clone.BuildOne(root).Succeeded();
        Assert.Equal(ports, EnvOf(root));

        File.Delete(clone.LeaseFile);
        clone.BuildOne(root).Succeeded();
        Assert.True(File.Exists(clone.LeaseFile));

        File.WriteAllText(Path.Combine(root, "worktree.json"), """{ "env": { "ADDED": "yes" } }""");
        clone.BuildOne(root).Succeeded();
        Assert.Contains("ADDED=yes", EnvOf(root), StringComparison.Ordinal);

        Assert.Empty(clone.BuildOne(root).Succeeded().Lines("Worktree.Hooks.proj"));
    }

    [Fact]
    public void The_ports_are_properties_of_every_project()
    {
        var root = clone.AddWorktree();
        clone.BuildOne(root).Succeeded();

        var port = clone.MSBuild(
            Path.Combine(root, "few", "one"),
            "-t:Build",
            "-getProperty:APP_PORT"
        );

        Assert.Contains($"APP_PORT={port.Log.Trim()}\n", EnvOf(root), StringComparison.Ordinal);
    }

    [Fact]
    public void A_design_time_build_and_a_build_that_is_switched_off_do_nothing()
    {
        var root = clone.AddWorktree();
        clone.BuildOne(root, "-p:WorktreeHooksEnabled=false").Succeeded();
        clone
            .MSBuild(
                Path.Combine(root, "few", "one"),
                "-t:Compile",
                "-p:DesignTimeBuild=true",
                "-p:SkipCompilerExecution=true",
                "-p:ProvideCommandLineArgs=true"
            )
            .Succeeded();

        Assert.False(File.Exists(StampOf(root)));
    }

    [Fact]
    public void A_malformed_worktree_json_is_a_warning_in_a_build_and_an_error_in_a_command()
    {
        var root = clone.AddWorktree();
        var file = Path.Combine(root, "worktree.json");
        File.WriteAllText(file, "{\n  \"project\": nonsense\n}\n");

        var build = clone.BuildOne(root, "-p:TreatWarningsAsErrors=true").Succeeded();
        Assert.Contains($"{file}(2,15): warning WTH3001: ", build.Log, StringComparison.Ordinal);

        var start = clone.MSBuild(root, "-t:StartStack").Failed();
        Assert.Single(start.Lines($"{file}(2,15): error WTH3001: "));
    }

    [Fact]
    public void Sources_that_do_not_compile_are_one_warning_and_an_error_in_a_command()
    {
        var root = clone.AddWorktree();
        File.WriteAllText(Path.Combine(root, "src", "Worktree.Hooks.Tasks", "Broken.cs"), "{");

        var build = clone.BuildFew(root, "-p:TreatWarningsAsErrors=true").Succeeded();
        Assert.Contains("1 Warning(s)", build.Log, StringComparison.Ordinal);
        Assert.NotEmpty(build.Lines("warning WTH9002: "));

        var ports = clone.MSBuild(root, "-t:WorktreePorts").Failed();
        Assert.Single(ports.Lines("error WTH9002: "));
    }

    [Fact]
    public void Changed_sources_get_a_folder_of_their_own_and_leave_the_old_one_alone()
    {
        var old = BootstrapFiles();
        var root = clone.AddWorktree();
        File.WriteAllText(
            Path.Combine(root, "src", "Worktree.Hooks.Tasks", "Added.cs"),
            "// a change\n"
        );

        clone.MSBuild(root, "-t:WorktreePorts").Succeeded();

        var now = BootstrapFiles();
        Assert.True(now.Count > old.Count);
        Assert.All(old, file => Assert.Equal(file.Value, now[file.Key]));
        Assert.DoesNotContain(now.Keys, k => k.Contains(".work-", StringComparison.Ordinal));
    }

    [Fact]
    public void Files_without_a_repository_build_with_one_message()
    {
        var build = clone.BuildFew(clone.ExportWithoutGit()).Succeeded();

        Assert.Single(build.Lines("lies in no git work tree"));
        Assert.Contains("0 Warning(s)", build.Log, StringComparison.Ordinal);
    }

    private Dictionary<string, DateTime> BootstrapFiles() =>
        Directory
            .EnumerateFiles(
                Path.Combine(clone.Root, ".git", "worktree-hooks", "bootstrap"),
                "*",
                SearchOption.AllDirectories
            )
            .Where(f => Path.GetFileName(f) != "used")
            .ToDictionary(f => f, File.GetLastWriteTimeUtc, StringComparer.Ordinal);

    private string StampOf(string root) =>
        Path.Combine(
            clone.Git(root, "rev-parse", "--absolute-git-dir").Trim(),
            "worktree-hooks",
            "allocated.stamp"
        );

    private static string EnvOf(string root) => File.ReadAllText(Path.Combine(root, ".env.local"));
}
