using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>Projects of one name of several folders, machines and users: each start and stop touches its own containers alone.</summary>
public sealed class ComposeOwnerTests
{
    private const string Web = """
        services: { web: { image: busybox, command: sleep 1000, init: true } }

        """;

    private const string Api = """
        services: { api: { image: busybox, command: sleep 1000, init: true } }

        """;

    private const string Unnamed = """
        services: { web: { image: busybox, command: sleep 1000, init: true, volumes: [/data] } }

        """;

    // The folders above the repository are those of another user, of the host of a dev container, or of a machine elsewhere.
    [SkippableTheory]
    [InlineData("no-such-user/webserver", "", false, true)]
    [InlineData("no-such-user/webserver", "/worktrees/x", false, true)]
    [InlineData("webserver-that-was-moved", "", false, false)]
    [InlineData("webserver-that-was-moved", "/worktrees/x", false, false)]
    [InlineData("webserver-that-was-moved", "", true, true)]
    public void A_labelled_container_is_in_the_way_until_its_repository_is_known_to_be_gone(
        string repository,
        string linked,
        bool isElsewhere,
        bool isRefused
    )
    {
        PrivateEngine.RequireAddress();
        using var stack = new EngineStack(Web);
        var root = stack.Repository.Beside(repository);
        using var theirs = new Stranger(
            "theirs",
            "--label=com.docker.compose.project=webserver",
            "--label=com.docker.compose.service=web",
            $"--label=com.docker.compose.project.working_dir={root}",
            $"--label=worktree-hooks.worktree={root}/.git{linked}"
        );

        if (!isRefused)
        {
            Start();
            return;
        }

        var error = Assert.Throws<WorktreeHooksException>(Start).Diagnostic;

        Assert.Equal(ErrorCatalogue.ComposeProjectTaken, error.Definition);
        Assert.Contains($"was started from '{root}'", error.Message, StringComparison.Ordinal);

        void Start()
        {
            var environment = isElsewhere
                ? stack.Repository.Environment.With("DOCKER_HOST", PrivateEngine.Address!)
                : stack.Repository.Environment;
            new StackCommands(environment, stack.Root, stack.Narrator).Start(
                new StackOptions(),
                CancellationToken.None
            );
        }
    }

    [SkippableFact]
    public void A_stop_ends_its_own_containers_of_a_project_that_another_folder_has_joined()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web);
        stack.Start(stack.Root);
        var other = OtherFolder(stack, Api);
        stack.PlainCompose(other, "up", "--detach");

        stack.Stop(stack.Root);

        Assert.Empty(EngineStack.Ids("webserver", "web"));
        Assert.Single(EngineStack.Ids("webserver", "api"));
        Assert.Contains(
            $"left what was started from '{other}', not from here: api of project 'webserver'",
            stack.Narrator.Lines
        );
        Assert.Contains("stopped web", stack.Narrator.Lines);
        Assert.DoesNotContain("stopped api", stack.Narrator.Lines);
        stack.PlainCompose(other, "down");
        Assert.Empty(Networks());
    }

    [SkippableFact]
    public void A_stop_that_finds_a_left_over_run_of_its_own_leaves_another_folders_services()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web);
        stack.Start(stack.Root);
        stack.Stop(stack.Root);
        stack.Run(stack.Root, "exec", "--", "docker", "compose", "run", "web", "true");
        Assert.Single(EngineStack.Ids("webserver"));
        stack.PlainCompose(OtherFolder(stack, Api), "up", "--detach");

        stack.Stop(stack.Root);

        Assert.Empty(EngineStack.Ids("webserver", "web"));
        Assert.Single(EngineStack.Ids("webserver", "api"));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_linked_worktree_or_a_clone_inside_main_is_not_main(bool isLinked)
    {
        PrivateEngine.Require();
        using var stack = new EngineStack("name: webserver\n" + Web);
        stack.Start(stack.Root);
        stack.Stop(stack.Root);
        var inside = Path.Combine(stack.Root, ".worktrees", "x");
        stack.Repository.Git(
            isLinked ? ["worktree", "add", "-q", inside] : ["clone", "-q", ".", inside]
        );
        stack.PlainCompose(inside, "up", "--detach");
        var theirs = EngineStack.Ids("webserver");

        stack.Stop(stack.Root);
        var error = Assert.Throws<WorktreeHooksException>(() => stack.Start(stack.Root)).Diagnostic;

        Assert.Equal(ErrorCatalogue.ComposeProjectTaken, error.Definition);
        Assert.Contains($"was started from '{inside}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(theirs, EngineStack.Ids("webserver"));
    }

    [SkippableFact]
    public void A_stop_takes_what_a_folder_that_is_gone_has_left()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web);
        stack.Start(stack.Root);
        stack.Stop(stack.Root);
        var former = OtherFolder(stack, Web);
        stack.PlainCompose(former, "up", "--detach");
        Directory.Delete(former, recursive: true);

        stack.Stop(stack.Root);

        Assert.Empty(EngineStack.Ids("webserver"));
    }

    [SkippableFact]
    public void A_stop_without_compose_ends_what_plain_compose_has_started_here_with_its_networks()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Web);
        stack.Start(stack.Root);
        stack.Stop(stack.Root);
        stack.PlainCompose(stack.Root, "up", "--detach");
        Assert.NotEmpty(Networks());
        var environment = stack.Repository.Environment.With("PATH", "/nowhere");

        new StackCommands(environment, stack.Root, stack.Narrator).Stop(CancellationToken.None);

        Assert.Empty(EngineStack.Ids("webserver"));
        Assert.Empty(Networks());
    }

    [SkippableFact]
    public void A_volume_without_a_name_of_a_plain_project_is_remembered_at_a_stop()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Unnamed);
        var root = stack.AddWorktree("x");
        stack.Start(root);
        stack.Stop(root);
        PrivateEngine.Clean();
        stack.PlainCompose(root, "--project-name", "webserver_x", "up", "--detach");
        var volume = PrivateEngine.Docker("volume", "ls", "--quiet");
        Assert.NotEmpty(volume);

        stack.Stop(root);

        Assert.Empty(EngineStack.Ids("webserver_x"));
        Assert.Equal(volume, PrivateEngine.Docker("volume", "ls", "--quiet"));
        Assert.Equal(0, stack.Run(stack.Root, "remove", "x", "--force").ExitCode);
        Assert.Empty(PrivateEngine.Docker("volume", "ls", "--quiet"));
    }

    private static string OtherFolder(EngineStack stack, string compose)
    {
        var folder = stack.Repository.Beside("b", "webserver");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "compose.yaml"), compose);
        return folder;
    }

    private static string Networks() =>
        PrivateEngine.Docker(
            "network",
            "ls",
            "--quiet",
            "--filter",
            "label=com.docker.compose.project=webserver"
        );
}
