using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>Volumes of services that are images: whose they are where a name is taken.</summary>
public sealed class ImageVolumeTests : IDisposable
{
    private const string Somebody = "worktree-hooks.worktree=/elsewhere/webserver/.git";

    private readonly ImageRepository repository = new();

    public void Dispose() => repository.Dispose();

    [SkippableFact]
    public void Somebody_elses_volumes_of_the_same_names_are_left_alone()
    {
        PrivateEngine.Require();
        const string theirs = "webserver_one_cache-data";
        MakeTheirs(theirs);
        MakeTheirs("webserver_one_rows");
        repository.Write(
            """
            "cache": { "image": "redis", "command": ["sleep", "1000"], "volumes": ["rows:/rows"] }
            """
        );
        var root = repository.Add("one");

        var said = repository.Start(root);

        var own = ImageRepository.Volumes(root);
        Assert.Equal(2, own.Length);
        Assert.All(own, v => Assert.Matches("^webserver_one_(cache-data|rows)-[0-9a-f]{6}$", v));
        var ofCache = own.Single(v => v.Contains("cache", StringComparison.Ordinal));
        Assert.Contains(
            $"volume '{theirs}' is that of '/elsewhere/webserver/.git': this worktree has '{ofCache}' in its place",
            said
        );
        Assert.Empty(In("webserver_one-cache", "ls /data /rows | grep theirs || true"));
        In("webserver_one-cache", "touch /data/own");
        repository.Stop(root);
        PrivateEngine.Docker("volume", "rm", theirs);

        said = repository.Start(root);

        Assert.Equal("own", In("webserver_one-cache", "ls /data"));
        Assert.DoesNotContain(said, l => l.StartsWith("volume", StringComparison.Ordinal));
        var removed = repository.Worktree(repository.Root, "remove", "one");
        Assert.True(removed.ExitCode == 0, removed.ErrorOutput);
        Assert.Equal("webserver_one_rows", PrivateEngine.Docker("volume", "ls", "--quiet"));
    }

    [SkippableFact]
    public void A_repository_that_was_moved_goes_on_with_its_volumes_and_a_copy_has_its_own()
    {
        PrivateEngine.Require();
        repository.Write(
            """
            "cache": { "image": "busybox", "command": ["sleep", "1000"], "volumes": ["rows:/rows"] }
            """
        );
        repository.Start(repository.Root);
        In("webserver-cache", "touch /rows/own");
        repository.Stop(repository.Root);
        var copy = Path.Combine(repository.Outside, "copy", "webserver");
        var moved = Path.Combine(repository.Outside, "moved");
        Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
        var copied = ChildProcess.Run(
            repository.Environment,
            repository.Outside,
            "cp",
            "-a",
            repository.Root,
            copy
        );
        Assert.True(copied.ExitCode == 0, copied.ErrorOutput);
        Directory.Move(repository.Root, moved);
        try
        {
            repository.Start(moved);
            Assert.Equal("own", In(ContainerOf(moved), "ls /rows"));
            repository.Stop(moved);
            Assert.True(repository.Worktree(moved, "prune").ExitCode == 0);
            repository.Start(moved);
            Assert.Equal("own", In(ContainerOf(moved), "ls /rows"));

            repository.Start(copy);

            Assert.Equal("", In(ContainerOf(copy), "ls /rows"));
        }
        finally
        {
            repository.Stop(moved);
            repository.Stop(copy);
            Directory.Move(moved, repository.Root);
        }
    }

    [SkippableFact]
    public void A_worktree_of_a_bare_repository_gets_the_database_of_its_main()
    {
        PrivateEngine.Require();
        repository.Write(
            ImageRepository.Database.Replace("./postgres_data:", "rows:", StringComparison.Ordinal),
            """{ "type": "postgres", "volume": "rows" }"""
        );
        var bare = Path.Combine(repository.Outside, "bare", "shop.git");
        repository.Git("clone", "--quiet", "--bare", repository.Root, bare);
        var (main, linked) = (Path.Combine(bare, "..", "main"), Path.Combine(bare, "..", "one"));
        repository.Git("-C", bare, "worktree", "add", "--quiet", main, "main");
        repository.Git("-C", bare, "worktree", "add", "--quiet", linked);
        foreach (var root in (string[])[main, linked])
        {
            File.WriteAllText(Path.Combine(root, ".env"), "SECRET=of-the-env-file\n");
        }
        Fill(main, "main");

        repository.Start(linked);

        Assert.Equal("main", ImageRepository.Sql(ServerOf(linked), "SELECT row FROM t"));
    }

    [SkippableFact]
    public void A_database_is_copied_past_somebody_elses_volumes_of_the_same_names()
    {
        PrivateEngine.Require();
        MakeTheirs("webserver_rows");
        MakeTheirs("webserver_one_rows");
        repository.Write(
            ImageRepository.Database.Replace("./postgres_data:", "rows:", StringComparison.Ordinal),
            """{ "type": "postgres", "volume": "rows" }"""
        );
        repository.Start(repository.Root);
        ImageRepository.Sql("webserver-db", "CREATE TABLE t AS SELECT 'main' AS row");
        using var stranger = new Stranger("stranger", "-v", "webserver_one_rows:/rows");

        repository.Start(repository.Add("one"));

        Assert.Equal("main", ImageRepository.Sql("webserver_one-db", "SELECT row FROM t"));
        var own = Assert.Single(ImageRepository.Volumes(repository.Beside("one")));
        var info = repository.Worktree(repository.Beside("one"), "db", "info", "--json");
        Assert.Contains(own, info.Output, StringComparison.Ordinal);
        Assert.Equal("theirs", PrivateEngine.Docker("exec", "stranger", "ls", "/rows"));
    }

    [SkippableFact]
    public void A_worktree_of_a_second_clone_gets_the_database_of_its_own_main()
    {
        PrivateEngine.Require();
        repository.Write(
            ImageRepository.Database.Replace("./postgres_data:", "rows:", StringComparison.Ordinal),
            """{ "type": "postgres", "volume": "rows" }"""
        );
        Fill(repository.Root, "first");
        var clone = Path.Combine(repository.Outside, "second", "webserver");
        var linked = Path.Combine(repository.Outside, "second", "one");
        repository.Git("clone", "--quiet", repository.Root, clone);
        Fill(clone, "second");
        repository.Git("-C", clone, "worktree", "add", "--quiet", linked);

        repository.Start(linked);

        Assert.Equal("second", ImageRepository.Sql(ServerOf(linked), "SELECT row FROM t"));
    }

    [SkippableFact]
    public void Each_path_of_each_image_has_a_volume_of_its_own()
    {
        PrivateEngine.RequireDocker("the docker command cannot commit");
        var made = PrivateEngine.Docker("create", "busybox");
        PrivateEngine.Docker(
            "commit",
            "--change",
            """VOLUME ["/data", "/data/", "/a-b", "/a/b", "/init/data", "/alone"]""",
            made,
            "many:latest"
        );
        PrivateEngine.Docker("rm", made);
        repository.Write(
            """
            "db": { "image": "many", "command": ["sleep", "1000"] },
            "db-init": { "image": "many", "command": ["sleep", "1000"], "volumes": ["db-data:/out"] }
            """
        );
        repository.Start(repository.Root);
        var volumes = ImageRepository.Volumes(repository.Root);

        Assert.Equal(11, volumes.Length);
        Assert.Superset(
            new HashSet<string>(StringComparer.Ordinal)
            {
                "webserver_db-data",
                "webserver_db-alone",
                "webserver_db-init-alone",
            },
            volumes.ToHashSet(StringComparer.Ordinal)
        );
        const string paths = "/data /a-b /a/b /init/data /alone";
        foreach (var service in (string[])["db", "db-init"])
        {
            In(
                $"webserver-{service}",
                $"for p in {paths}; do echo {service} $p > $p/of-{service}; done"
            );
        }
        In("webserver-db-init", "echo out > /out/of-out");
        repository.Stop(repository.Root);
        repository.Start(repository.Root);
        Assert.Equal(volumes, ImageRepository.Volumes(repository.Root));
        foreach (var service in (string[])["db", "db-init"])
        {
            Assert.Equal(
                string.Join('\n', paths.Split(' ').Select(p => $"{service} {p}")),
                In($"webserver-{service}", $"for p in {paths}; do cat $p/*; done")
            );
        }
        Assert.Equal("out", In("webserver-db-init", "cat /out/*"));
    }

    private void Fill(string root, string row)
    {
        repository.Start(root);
        ImageRepository.Sql(ServerOf(root), $"CREATE TABLE t AS SELECT '{row}' AS row");
        repository.Stop(root);
    }

    private static string ContainerOf(string root) =>
        Assert.Single(ImageRepository.Containers(root));

    private static string ServerOf(string root) => Assert.Single(ImageRepository.Ids(root));

    private static void MakeTheirs(string volume)
    {
        PrivateEngine.Docker("volume", "create", "--label", Somebody, volume);
        PrivateEngine.Docker("run", "--rm", "-v", $"{volume}:/v", "busybox", "touch", "/v/theirs");
    }

    private static string In(string container, string script) =>
        PrivateEngine.Docker("exec", container, "sh", "-c", script);
}
