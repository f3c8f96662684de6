using System.Text.Json;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Init;

/// <summary><c>dotnet worktree init</c> as a script runs it.</summary>
public class InitCommandTests
{
    [Fact]
    public void Without_a_terminal_and_a_yes_it_shows_the_diff_and_writes_nothing()
    {
        using var repository = new InitRepository().WithWebSolution();
        repository.Repository.Write("Directory.Build.targets", "<Project>\r\n</Project>\r\n");
        var before = repository.Everything();

        var result = Run(repository, "init");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("WTH1025 InitNotConfirmed: ", result.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("--yes", result.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("+++ b/worktree.json", result.Output, StringComparison.Ordinal);
        Assert.Equal(before, repository.Everything());
        Assert.False(Directory.Exists(Path.Combine(repository.Root, ".git", "worktree-hooks")));
    }

    [Fact]
    public void The_diff_is_one_that_git_applies()
    {
        using var repository = new InitRepository().WithWebSolution();
        var lines = string.Concat(Enumerable.Range(0, 9).Select(i => $"  <!-- {i} -->\r\n"));
        repository.Repository.Write(
            "Directory.Build.targets",
            $"<Project>\r\n{lines}</Project>\r\n"
        );
        var plan = repository.Plan();
        var patch = string.Concat(plan.Changes.SelectMany(c => c.Diff()).Select(l => l + "\n"));
        File.WriteAllText(repository.Repository.Beside("init.patch"), patch);

        repository.Repository.Git(
            "apply",
            "--whitespace=nowarn",
            repository.Repository.Beside("init.patch")
        );

        Assert.All(
            plan.Changes,
            c => Assert.Equal(c.Content, File.ReadAllBytes(Path.Combine(repository.Root, c.Path)))
        );
    }

    [Fact]
    public void With_a_yes_it_writes_installs_the_hook_and_undo_takes_both_back()
    {
        using var repository = new InitRepository().WithWebSolution();
        var hook = Path.Combine(repository.Root, ".git", "hooks", "post-checkout");
        var before = repository.Everything();

        var written = Run(repository, "init", "--yes", "--json");

        Assert.Equal(0, written.ExitCode);
        using var answer = JsonDocument.Parse(written.Output);
        Assert.True(answer.RootElement.GetProperty("written").GetBoolean());
        Assert.Equal(4, answer.RootElement.GetProperty("changes").GetArrayLength());
        Assert.True(answer.RootElement.GetProperty("hook").GetBoolean());
        Assert.Contains("set up already", Run(repository, "init").Output, StringComparison.Ordinal);
        Assert.NotEqual(
            HookWay.None,
            HookInstaller.Query(repository.Repository.Environment, repository.Plan().Checkout).Way
        );

        Assert.Equal(0, Run(repository, "init", "--undo").ExitCode);

        Assert.Equal(before, repository.Everything());
        Assert.False(File.Exists(hook));
        Assert.Equal(1, Run(repository, "init", "--undo").ExitCode);
    }

    [Fact]
    public void As_json_without_a_yes_it_says_what_it_would_write()
    {
        using var repository = new InitRepository().WithWebSolution();

        var result = Run(repository, "init", "--json");

        Assert.Equal(1, result.ExitCode);
        using var answer = JsonDocument.Parse(result.Output);
        Assert.False(answer.RootElement.GetProperty("written").GetBoolean());
        Assert.Equal(
            "compose.yaml",
            answer.RootElement.GetProperty("ports").GetProperty("POSTGRES_PORT").GetString()
        );
        Assert.False(File.Exists(Path.Combine(repository.Root, "worktree.json")));
    }

    [Fact]
    public void Without_the_hook_gits_hooks_stay()
    {
        using var repository = new InitRepository();

        Assert.Equal(0, Run(repository, "init", "--yes", "--no-hook").ExitCode);

        Assert.False(File.Exists(Path.Combine(repository.Root, ".git", "hooks", "post-checkout")));
        Assert.Contains(
            "set up already",
            Run(repository, "init", "--no-hook").Output,
            StringComparison.Ordinal
        );
    }

    private static ProcessResult Run(InitRepository repository, params string[] arguments) =>
        RunnerProgram.Run(repository.Repository, repository.Root, arguments);
}
