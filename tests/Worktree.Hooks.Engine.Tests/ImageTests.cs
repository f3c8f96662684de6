using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>The images that the other tests rely on behave like those of a registry.</summary>
public sealed class ImageTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<string> containers = [];

    [SkippableTheory]
    [InlineData("0", "999")]
    [InlineData("1234:1234", "1234")]
    public void A_postgres_image_makes_a_cluster_for_the_user_and_database_that_are_asked_for(
        string user,
        string owner
    )
    {
        PrivateEngine.Require();
        var data = folder.At("data");
        Directory.CreateDirectory(data);
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(data, (UnixFileMode)0b111_111_111);
        if (user != "0")
        {
            Run("-v", $"{data}:/d", PrivateEngine.Busybox, "chown", user, "/d");
        }

        var id = Run(
            "-v",
            $"{data}:/var/lib/postgresql/data",
            "--user",
            user,
            "-e",
            "POSTGRES_USER=me",
            "-e",
            "POSTGRES_PASSWORD=secret",
            "-e",
            "POSTGRES_DB=shop",
            PrivateEngine.Postgres
        );

        string[] query = ["psql", "-h", "127.0.0.1", "-U", "me", "shop", "-Atc"];
        PrivateEngine.Await(
            "the server answers",
            () => PrivateEngine.TryDocker(["exec", id, .. query, "SELECT 1"]).ExitCode == 0
        );
        Assert.Equal(
            "me shop",
            PrivateEngine.Docker([
                "exec",
                id,
                .. query,
                "SELECT current_user || ' ' || current_database()",
            ])
        );
        Assert.Equal(
            $"{owner} 700",
            PrivateEngine.Docker("exec", id, "stat", "-c", "%u %a", "/var/lib/postgresql/data")
        );
    }

    [SkippableFact]
    public void A_postgres_image_refuses_to_start_without_a_password()
    {
        PrivateEngine.Require();

        var id = Run(PrivateEngine.Postgres);

        Assert.Equal("1", PrivateEngine.Docker("wait", id));
    }

    public void Dispose()
    {
        if (containers.Count > 0)
        {
            PrivateEngine.Docker(["rm", "--force", "--volumes", .. containers]);
        }
        folder.Dispose();
    }

    private string Run(params string[] arguments)
    {
        var id = PrivateEngine.Docker(["run", "--detach", .. arguments]);
        containers.Add(id);
        return id;
    }
}
