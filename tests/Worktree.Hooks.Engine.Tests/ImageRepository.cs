using System.Text.Json;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>A repository whose services are images, and what the engine has of it.</summary>
internal sealed class ImageRepository : IDisposable
{
    /// <summary>A web server that needs a moment, on APP_PORT.</summary>
    public const string Web = """
        "web": {
          "image": "busybox",
          "command": "mkdir -p /w && echo $NAME > /w/index.html && exec busybox httpd -f -p 80 -h /w",
          "ports": { "APP_PORT": 80 },
          "env": { "NAME": "${WORKTREE_NAME}" },
          "ready": { "http": "http://localhost:${APP_PORT}/" }
        }
        """;

    /// <summary>A PostgreSQL on postgres_data.</summary>
    public const string Database = """
        "db": {
          "image": "postgres",
          "user": "me",
          "ports": { "POSTGRES_PORT": 5432 },
          "volumes": ["./postgres_data:/var/lib/postgresql/data"],
          "env": { "POSTGRES_USER": "shop", "POSTGRES_PASSWORD": "${SECRET}" },
          "ready": { "pg_isready": "${POSTGRES_PORT}" }
        }
        """;

    private readonly TestRepository repository = new();
    private readonly List<string> roots = [];

    /// <summary>What was said.</summary>
    public RecordingNarrator Narrator { get; } = new();

    /// <summary>The environment of the commands.</summary>
    public HostEnvironment Environment { get; set; }

    public ImageRepository() => Environment = repository.Environment;

    /// <summary>The main worktree.</summary>
    public string Root => repository.Root;

    /// <summary>Writes worktree.json with these services, and commits it.</summary>
    /// <param name="services">The members of "services".</param>
    /// <param name="databases">The items of "databases".</param>
    public void Write(string services, string databases = "")
    {
        repository.Write(
            "worktree.json",
            $$"""
            { "ports": { "APP_PORT": { "main": 47201, "range": "47202-47220" }, "POSTGRES_PORT": { "main": 47301, "range": "47302-47320" } },
              "databases": [{{databases}}],
              "services": { {{services}} } }
            """
        );
        repository.Write(".gitignore", "postgres_data/\nfiles/\n");
        repository.Write(".env", "SECRET=of-the-env-file\n");
        repository.Git("add", ".");
        repository.Git("commit", "--quiet", "--allow-empty", "-m", "stack");
    }

    /// <summary>Adds a linked worktree and returns its root.</summary>
    public string Add(string name)
    {
        roots.Add(repository.AddWorktree(name));
        return roots[^1];
    }

    /// <summary>The folder that holds all worktrees.</summary>
    public string Outside => repository.Outside;

    /// <summary>The root of a worktree that was added.</summary>
    public string Beside(string name) => repository.Beside(name);

    /// <summary>Runs git in the main worktree.</summary>
    public void Git(params string[] arguments) => repository.Git(arguments);

    /// <summary>Start, stop and restart of a worktree.</summary>
    public StackCommands Commands(string root) => new(Environment, root, Narrator);

    /// <summary>Starts a worktree's stack; returns what was said.</summary>
    public IReadOnlyList<string> Start(string root, CancellationToken cancellation = default)
    {
        var before = Narrator.Lines.Count;
        Commands(root).Start(new StackOptions(), cancellation);
        return [.. Narrator.Lines.Skip(before)];
    }

    /// <summary>Starts a worktree's stack and tells somebody else.</summary>
    public void Start(string root, Narrator narrator) =>
        new StackCommands(Environment, root, narrator).Start(
            new StackOptions(),
            CancellationToken.None
        );

    /// <summary>Stops a worktree's stack.</summary>
    public void Stop(string root) => Commands(root).Stop(CancellationToken.None);

    /// <summary>The refusal of a start that must not succeed, also as a command.</summary>
    public Diagnostic Refused(string root)
    {
        var refused = Assert.Throws<WorktreeHooksException>(() => Start(root)).Diagnostic;
        RunnerProgram.AssertRefused(Worktree(root, "start"), refused.Definition);
        return refused;
    }

    /// <summary>A port of a worktree.</summary>
    public int Port(string root, string name) =>
        WorktreeSetup
            .Run(
                new SetupRequest(Environment, root, DatabaseWish.Keep),
                Narrator,
                CancellationToken.None
            )
            .Allocation.Ports.Single(p => p.Variable.Name == name)
            .Port;

    /// <summary>Runs <c>dotnet worktree</c>.</summary>
    public ProcessResult Worktree(string root, params string[] arguments) =>
        ChildProcess.Run(Environment, root, RunnerProgram.Path, arguments);

    /// <summary>A worktree's row of <c>status --json</c>.</summary>
    public JsonElement Status(string name) =>
        JsonDocument
            .Parse(Worktree(Root, "status", "--json").Output)
            .RootElement.GetProperty("worktrees")
            .EnumerateArray()
            .Single(w => w.GetProperty("worktree").GetProperty("name").GetString() == name);

    /// <summary>The names of a worktree's containers, also of those that have ended.</summary>
    public static string[] Containers(string root) =>
        Lines("ps", "--all", "--format", "{{.Names}}", "--filter", LabelOf(root));

    /// <summary>The ids of a worktree's containers that run.</summary>
    public static string[] Ids(string root) => Lines("ps", "--quiet", "--filter", LabelOf(root));

    /// <summary>The names of a worktree's networks.</summary>
    public static string[] Networks(string root) =>
        Lines("network", "ls", "--format", "{{.Name}}", "--filter", LabelOf(root));

    /// <summary>The names of a worktree's volumes.</summary>
    public static string[] Volumes(string root) =>
        Lines("volume", "ls", "--format", "{{.Name}}", "--filter", LabelOf(root));

    /// <summary>What a URL of this machine answers.</summary>
    public static string Get(int port)
    {
        using var client = new HttpClient();
        return client
            .GetStringAsync(new Uri($"http://localhost:{port}/"))
            .GetAwaiter()
            .GetResult()
            .TrimEnd();
    }

    public void Dispose()
    {
        if (PrivateEngine.IsThere)
        {
            foreach (var root in roots.Append(Root).Where(Directory.Exists))
            {
                Stop(root);
            }
            PrivateEngine.Clean();
        }
        PrivateEngine.HandBack(repository.Outside);
        repository.Dispose();
    }

    /// <summary>Asks PostgreSQL in a container.</summary>
    public static string Sql(string container, string query) =>
        PrivateEngine.Docker(
            "exec",
            container,
            "psql",
            "-h",
            "127.0.0.1",
            "-U",
            "shop",
            "shop",
            "-Atc",
            query
        );

    private static string LabelOf(string root) =>
        $"label=worktree-hooks.worktree={CheckoutLocator.Locate(root).GitDirectory}";

    private static string[] Lines(params string[] arguments) =>
        PrivateEngine.Docker(arguments).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
