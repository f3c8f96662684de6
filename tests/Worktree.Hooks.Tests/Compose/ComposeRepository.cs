using System.Text.Json;
using System.Text.Json.Nodes;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Stack;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Compose;

/// <summary>A repository with a compose file, for which the real Docker Compose is asked; no engine is needed.</summary>
internal sealed class ComposeRepository : IDisposable
{
    private readonly TestRepository repository;

    /// <summary>Makes a repository with these files, committed.</summary>
    public ComposeRepository(params (string Path, string Content)[] files)
    {
        repository = new TestRepository();
        foreach (var (path, content) in files)
        {
            repository.Write(path, content);
        }
        Commit();
    }

    /// <summary>Makes a repository of one of the stacks in <c>tests/Stacks/compose</c>.</summary>
    public ComposeRepository(string stack)
    {
        repository = new TestRepository();
        var source = Path.Combine(BuiltFolder.ComposeStacks, stack);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            repository.Write(Path.GetRelativePath(source, file), File.ReadAllText(file));
        }
        Commit();
    }

    public RecordingNarrator Narrator { get; } = new();

    public string Root => repository.Root;

    public TestRepository Repository => repository;

    /// <summary>The environment, in which a file may refer to main's folder.</summary>
    public HostEnvironment Environment =>
        repository.Environment with
        {
            Variables = new Dictionary<string, string>(
                repository.Environment.Variables,
                StringComparer.Ordinal
            )
            {
                ["MAIN_FOLDER"] = repository.Root,
                ["DOCKER_CONFIG"] = DockerConfig,
                // The user's own engine is never asked.
                ["DOCKER_HOST"] = "unix:///nowhere.sock",
            },
        };

    /// <summary>True where this machine has a Compose that knows overrides.</summary>
    public static bool HasCompose { get; } = Probe();

    // The tests' own HOME hides the plugins of the user's.
    private static string DockerConfig
    {
        get
        {
            var captured = HostEnvironment.Capture();
            return captured.Variable("DOCKER_CONFIG")
                ?? Path.Combine(captured.HomeDirectory, ".docker");
        }
    }

    public string AddWorktree(string name) => repository.AddWorktree(name);

    /// <summary>Sets a worktree up and prepares its compose project.</summary>
    public PreparedCompose Prepare(string root) => Prepare(root, Environment);

    /// <summary>The same in another environment.</summary>
    public PreparedCompose Prepare(
        string root,
        HostEnvironment environment,
        bool isForPodman = false
    )
    {
        var allocation = SetupOf.Worktree(environment, root, Narrator);
        var request = new SetupRequest(environment, root, DatabaseWish.Keep);
        return ComposeSetup.Prepare(
                request,
                allocation,
                () => ComposeTool.Require(request.Environment),
                () => isForPodman,
                Narrator
            ) ?? throw new InvalidOperationException("there is no compose file");
    }

    /// <summary>What Compose makes of all files and profiles, with the override or without.</summary>
    public static JsonNode Config(PreparedCompose prepared, bool withOverride = true)
    {
        var call = withOverride ? prepared.Call : prepared.Call with { OverrideFile = null };
        var answer = call.Run("--profile", "*", "config", "--format", "json");
        Assert.True(answer.ExitCode == 0, answer.ErrorOutput);
        return JsonNode.Parse(answer.Output)!;
    }

    public static void RequireCompose() =>
        Skip.IfNot(HasCompose, "Docker Compose 2.24.4 or later is not installed");

    public void Dispose() => repository.Dispose();

    private void Commit()
    {
        repository.Git("add", ".");
        repository.Git("commit", "--quiet", "-m", "stack");
    }

    private static bool Probe()
    {
        try
        {
            return ComposeTool.Require(HostEnvironment.Capture()).KnowsOverrides;
        }
        catch (WorktreeHooksException)
        {
            return false;
        }
    }
}
