using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Hooks;

/// <summary>The hook with the executable that this build made.</summary>
public class RealHookTests
{
    [SkippableTheory]
    [InlineData(GitKind.Older)]
    [InlineData(GitKind.Newer)]
    public void A_new_worktree_has_its_ports_and_says_so(GitKind kind)
    {
        using var repository = new HookRepository(kind);
        repository.Install(BuiltFolder.Runner);

        var added = repository.Git("worktree", "add", "--quiet", "../feature-x");

        var lines = added.ErrorOutput.TrimEnd().Split('\n');
        Assert.Equal("worktree-hooks: feature-x of webserver", lines[0]);
        Assert.StartsWith("  HTTPS_PORT     4", lines[1]);
        Assert.Contains("  https://feature-x.dev.localhost:4", lines[1], StringComparison.Ordinal);
        var env = File.ReadAllText(repository.Repository.Beside("feature-x", ".env.local"));
        Assert.Contains(
            "COMPOSE_PROJECT_NAME=webserver_feature-x\n",
            env,
            StringComparison.Ordinal
        );
        Assert.Equal(HookExecutableKind.Portable, repository.Status().Executable!.Kind);
    }

    [SkippableFact]
    public void Trouble_is_one_line_and_git_is_content()
    {
        using var repository = new HookRepository();
        repository.Install(BuiltFolder.Runner);
        repository.Repository.Write("worktree.json", "{ \"prots\": {} }");
        repository.Git("add", ".");
        repository.Git("commit", "-m", "bad");

        var added = repository.Git("worktree", "add", "--quiet", "../feature-x");

        var line = Assert.Single(added.ErrorOutput.TrimEnd().Split('\n'));
        Assert.StartsWith("worktree-hooks: ", line);
        Assert.Contains(": WTH3002 UnknownKey: ", line, StringComparison.Ordinal);
        Assert.EndsWith("(the next dotnet build or StartStack tries again)", line);
    }

    [SkippableFact]
    public void A_checkout_in_a_linked_worktree_sees_no_other_repository_through_GIT_DIR()
    {
        using var repository = new HookRepository();
        repository.Install(BuiltFolder.Runner);
        repository.Git("worktree", "add", "../one");
        var before = File.ReadAllText(repository.Repository.Beside("one", ".env.local"));

        // Git exports an absolute GIT_DIR of 'one' to this hook of the user's, which adds a worktree itself.
        repository.WriteHook(
            File.ReadAllText(repository.HookFile)
                + "[ \"$1\" = 0000000000000000000000000000000000000000 ] || git worktree add --detach ../two\n"
        );
        repository.GitIn(repository.Repository.Beside("one"), "checkout", "-b", "topic");

        Assert.Equal(before, File.ReadAllText(repository.Repository.Beside("one", ".env.local")));
        Assert.Contains(
            "WORKTREE_NAME=two\n",
            File.ReadAllText(repository.Repository.Beside("two", ".env.local")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_summary_is_the_one_of_the_contract()
    {
        using var repository = new TestRepository();
        var root = repository.AddWorktree("feature-x");
        var setup = WorktreeSetup.Run(
            new SetupRequest(repository.Environment, root, DatabaseWish.CopyMissing),
            new RecordingNarrator(),
            CancellationToken.None
        );

        var text = string.Join('\n', SetupSummary.Lines(setup));

        var (https, app, postgres) = setup.Allocation.Ports() switch
        {
            [var a, var b, var c] => (a, b, c),
            _ => default,
        };
        Assert.Equal(
            $"""
            worktree-hooks: feature-x of webserver
              HTTPS_PORT     {https}  https://feature-x.dev.localhost:{https}
              APP_PORT       {app}  http://feature-x.dev.localhost:{app}
              POSTGRES_PORT  {postgres}
            """,
            text
        );
    }
}
