using System.Diagnostics;
using System.Globalization;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>Images that the engine does not have, in a registry of this machine.</summary>
public sealed class ImageRegistryTests : IDisposable
{
    private const int Port = 47401;
    private const string Image = "localhost:47401/small";

    // Of the password "secret".
    private const string User = "me:$2y$05$eXRUqHkK3yg1tDqZc2UxWODqyt0bukmaYodnklD6J5aMb3LNNl4gq";

    private readonly ImageRepository repository = new();
    private Process? registry;

    public void Dispose()
    {
        registry?.Kill();
        registry?.Dispose();
        PrivateEngine.TryDocker("rmi", "--force", Image);
        repository.Dispose();
    }

    [SkippableFact]
    public void An_image_is_fetched_from_its_registry_with_progress()
    {
        Serve(withLogin: false);

        var fetched = Fetch();

        Assert.Contains($"fetching the image {Image}", fetched.Lines);
        Assert.Contains("box is ready", fetched.Lines);
        // Podman tells bytes of long downloads alone.
        Assert.True(PrivateEngine.IsPodman || fetched.Total > 1_000_000);
        Assert.Contains(
            "the stack runs already; nothing was changed",
            repository.Start(repository.Root)
        );
    }

    [SkippableFact]
    public void An_image_of_a_registry_that_wants_a_login_is_fetched_as_the_docker_command_has_it()
    {
        Serve(withLogin: true);

        Assert.Contains("box is ready", Fetch().Lines);
        repository.Stop(repository.Root);
        PrivateEngine.Docker("rmi", Image);
        Docker("logout", "localhost:47401");

        var refused = repository.Refused(repository.Root);
        Assert.Equal(ErrorCatalogue.ImageNotFound, refused.Definition);
        Assert.Contains("docker login", refused.Message, StringComparison.Ordinal);
    }

    private Listener Fetch()
    {
        repository.Write(
            $$"""  "box": { "image": "{{Image}}", "command": ["/bin/busybox", "sleep", "1000"] } """
        );
        var listener = new Listener();
        repository.Start(repository.Root, listener);
        return listener;
    }

    private void Serve(bool withLogin)
    {
        PrivateEngine.RequireRootful("localhost is another one than ours");
        Skip.IfNot(File.Exists("/usr/bin/docker-registry"), "needs Debian's docker-registry");
        var folder = Path.Combine(repository.Outside, "registry");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "users"), User + "\n");
        var login = withLogin
            ? $"auth: {{ htpasswd: {{ realm: test, path: {folder}/users }} }}\n"
            : "";
        File.WriteAllText(
            Path.Combine(folder, "config.yml"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"version: 0.1\nstorage: {{ filesystem: {{ rootdirectory: {folder}/data }} }}\nhttp: {{ addr: 127.0.0.1:{Port} }}\n{login}"
            )
        );
        registry = Process.Start(
            new ProcessStartInfo("docker-registry", ["serve", Path.Combine(folder, "config.yml")])
            {
                UseShellExecute = false,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            }
        )!;
        PrivateEngine.Await("the registry listens", () => PortProbe.Probe(Port) == PortState.Busy);
        repository.Environment = repository.Environment.With("DOCKER_CONFIG", folder);
        if (withLogin)
        {
            Docker("login", "--username", "me", "--password", "secret", "localhost:47401");
        }
        Run(
            "bash",
            "-c",
            $"tar -C / -ch bin/busybox $(ldd /bin/busybox | grep -o '/[^ ]*') 2>/dev/null | docker import - {Image}"
        );
        Docker("push", Image);
        Docker("rmi", Image);
    }

    private void Docker(params string[] arguments) => Run("docker", arguments);

    private void Run(string program, params string[] arguments)
    {
        var answer = ChildProcess.Run(repository.Environment, repository.Root, program, arguments);
        Assert.True(answer.ExitCode == 0, answer.ErrorOutput);
    }

    private sealed class Listener : Narrator
    {
        public List<string> Lines { get; } = [];

        public long Total { get; private set; }

        public override void Say(string line) => Lines.Add(line);

        public override void Warn(Diagnostic diagnostic) => Lines.Add(diagnostic.ToString());

        public override void Progress(CopyProgress progress) =>
            Total = Math.Max(Total, progress.Total);
    }
}
