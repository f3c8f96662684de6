using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>A repository whose stack is one compose file, on the engine of these tests; it leaves nothing there.</summary>
internal sealed class EngineStack : IDisposable
{
    /// <summary>Main's <c>APP_PORT</c>.</summary>
    public const int MainPort = 47101;

    private readonly List<string> roots = [];

    /// <summary>Makes the repository with its compose file and this much more in <c>worktree.json</c>.</summary>
    public EngineStack(string compose, string settings = "")
    {
        Repository.Write(
            "worktree.json",
            $$"""
            {
              "ports": { "APP_PORT": { "main": {{MainPort}}, "range": "47102-47120" } },
              "databases": [{ "type": "directory", "path": "files" }],{{settings}}
            }
            """
        );
        Write(compose);
        Repository.Git("add", ".");
        Repository.Git("commit", "--quiet", "-m", "stack");
    }

    public TestRepository Repository { get; } = new();

    public RecordingNarrator Narrator { get; } = new();

    /// <summary>The main worktree.</summary>
    public string Root => Repository.Root;

    /// <summary>Writes another compose file in main.</summary>
    public void Write(string compose) => Repository.Write("compose.yaml", compose);

    /// <summary>Adds a linked worktree.</summary>
    public string AddWorktree(string name)
    {
        roots.Add(Repository.AddWorktree(name));
        return roots[^1];
    }

    /// <summary>Starts the stack of a worktree.</summary>
    public void Start(string root, CancellationToken cancellation = default) =>
        Start(root, Narrator, cancellation);

    /// <summary>Starts the stack of a worktree and tells somebody else of it.</summary>
    public void Start(string root, Narrator narrator, CancellationToken cancellation = default) =>
        new StackCommands(Repository.Environment, root, narrator).Start(
            new StackOptions(),
            cancellation
        );

    /// <summary>Stops the stack of a worktree.</summary>
    public void Stop(string root) =>
        new StackCommands(Repository.Environment, root, Narrator).Stop(CancellationToken.None);

    /// <summary>Starts the stack of main, which must be refused with this code, also as a command, and leave nothing.</summary>
    public WorktreeHooksException Refused(ErrorDefinition definition)
    {
        var error = Assert.Throws<WorktreeHooksException>(() => Start(Root));
        Assert.Equal(definition, error.Diagnostic.Definition);
        AssertNothingIsLeft();
        RunnerProgram.AssertRefused(Run(Root, "start"), definition);
        AssertNothingIsLeft();
        return error;
    }

    private static void AssertNothingIsLeft()
    {
        const string label = "label=com.docker.compose.project=webserver";
        Assert.Empty(Ids("webserver"));
        Assert.Empty(PrivateEngine.Docker("network", "ls", "-q", "--filter", label));
    }

    /// <summary>The worktree's <c>APP_PORT</c>.</summary>
    public int Port(string root) =>
        WorktreeSetup
            .Run(
                new SetupRequest(Repository.Environment, root, DatabaseWish.Keep),
                new RecordingNarrator(),
                CancellationToken.None
            )
            .Allocation.Ports[0]
            .Port;

    /// <summary>Runs the command line in a worktree.</summary>
    public ProcessResult Run(string root, params string[] arguments) =>
        RunnerProgram.Run(Repository, root, arguments);

    /// <summary>Runs the command line in a worktree with another engine at hand.</summary>
    public ProcessResult RunWith(string host, string root, params string[] arguments) =>
        ChildProcess.Run(
            Repository.Environment.With("DOCKER_HOST", host),
            root,
            RunnerProgram.Path,
            arguments
        );

    /// <summary>The lease file.</summary>
    public string Leases =>
        File.ReadAllText(Path.Combine(Repository.Environment.StateDirectory, "leases.json"));

    /// <summary>The names of the engine's volumes.</summary>
    public static string[] Volumes() =>
        PrivateEngine
            .Docker("volume", "ls", "-q")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Runs <c>docker compose</c> in a folder as somebody who has no Worktree.Hooks would.</summary>
    public void PlainCompose(string folder, params string[] words)
    {
        var answer = ChildProcess.Run(
            Repository.Environment,
            folder,
            "docker",
            ["compose", .. words]
        );
        Assert.True(answer.ExitCode == 0, answer.ErrorOutput);
    }

    /// <summary>The containers of a project, running or not; of one service, where it is named.</summary>
    public static string[] Ids(string project, string? service = null)
    {
        string[] ofService = service is null
            ? []
            : ["--filter", $"label=com.docker.compose.service={service}"];
        return PrivateEngine
            .Docker([
                "ps",
                "-aq",
                "--filter",
                $"label=com.docker.compose.project={project}",
                .. ofService,
            ])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>What a web server of this machine answers.</summary>
    public string Answer(int port) =>
        ChildProcess
            .Run(Repository.Environment, Root, "curl", "-sf", $"http://127.0.0.1:{port}/")
            .Output.TrimEnd();

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
        PrivateEngine.HandBack(Repository.Outside);
        Repository.Dispose();
    }
}

/// <summary>A container that is none of ours.</summary>
internal sealed class Stranger : IDisposable
{
    private readonly string id;

    public Stranger(string name, params string[] options) =>
        id = PrivateEngine.Docker([
            "run",
            "-d",
            "--init",
            "--name",
            name,
            .. options,
            "busybox",
            "sleep",
            "1000",
        ]);

    public void Dispose() => PrivateEngine.TryDocker("rm", "-f", id);
}
