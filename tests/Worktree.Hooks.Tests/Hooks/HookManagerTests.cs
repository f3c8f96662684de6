using Worktree.Hooks.Git;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Hooks;

/// <summary>
/// Beside every hook manager: ours fires once wherever 'git worktree add' is run, theirs fires once as before, a
/// checkout in the new worktree works, their next installation loses nothing for longer than a build, and uninstalling
/// gives their bytes back.
/// </summary>
public class HookManagerTests
{
    public static TheoryData<Manager, GitKind> All
    {
        get
        {
            var data = new TheoryData<Manager, GitKind>();
            foreach (var manager in Enum.GetValues<Manager>())
            {
                data.Add(manager, GitKind.Older);
                data.Add(manager, GitKind.Newer);
            }
            return data;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Both_fire_and_both_can_be_installed_again(Manager manager, GitKind kind)
    {
        using var repository = new HookRepository(kind);
        var theirs = new HookManager(manager, repository);
        theirs.SetUp();
        var theirBytes = HookFiles(repository);
        UseRealExecutable(repository);
        repository.Install();
        if (manager == Manager.HuskyNet)
        {
            // Their hook is tracked: with an older git, the block is to be committed, as is said.
            repository.Git("commit", "--allow-empty", "-am", "block");
        }
        var callsBefore = theirs.Calls;

        repository.Git("worktree", "add", "../one");
        Assert.Equal((1, 1), (repository.Calls.Length, theirs.Calls - callsBefore));
        repository.GitIn(repository.Repository.Beside("one"), "worktree", "add", "../two");
        Assert.Equal((2, 2), (repository.Calls.Length, theirs.Calls - callsBefore));
        repository.GitIn(repository.Repository.Beside("two"), "checkout", "-b", "topic");
        Assert.Equal((2, 3), (repository.Calls.Length, theirs.Calls - callsBefore));
        Assert.True(File.Exists(repository.Repository.Beside("two", ".env.local")));
        repository.Git("worktree", "remove", "../two");

        theirs.Install();
        repository.Install(); // as the next build does
        repository.Git("worktree", "add", "../three");
        Assert.Equal((3, 4), (repository.Calls.Length, theirs.Calls - callsBefore));

        Assert.True(repository.Uninstall());
        Assert.Equal(theirBytes, HookFiles(repository));
        repository.Git("worktree", "add", "../four");
        Assert.Equal((3, 5), (repository.Calls.Length, theirs.Calls - callsBefore));
    }

    [SkippableTheory]
    [InlineData(GitKind.Older)]
    [InlineData(GitKind.Newer)]
    public void Husky_Net_without_a_post_checkout_hook_leaves_git_status_clean_everywhere(
        GitKind kind
    )
    {
        using var repository = new HookRepository(kind);
        repository.Repository.Write(
            ".husky/pre-commit",
            "#!/bin/sh\n. \"$(dirname \"$0\")/_/husky.sh\"\n"
        );
        File.SetUnixFileMode(
            Path.Combine(repository.Root, ".husky", "pre-commit"),
            (UnixFileMode)0b111_101_101
        );
        repository.Git("add", ".");
        repository.Git("commit", "-m", "husky");
        new HookManager(Manager.HuskyNet, repository).Install();
        var exclude = Path.Combine(repository.Root, ".git", "info", "exclude");
        var excluded = File.ReadAllText(exclude);
        UseRealExecutable(repository);
        repository.Install();

        repository.Git("worktree", "add", "../one");
        repository.GitIn(repository.Repository.Beside("one"), "worktree", "add", "../two");

        Assert.Equal(2, repository.Calls.Length);
        // Without the seeded folder their pre-commit hook would fail here.
        repository.GitIn(repository.Repository.Beside("two"), "commit", "--allow-empty", "-m", "x");
        Assert.Empty(repository.Git("status", "--porcelain").Output);
        repository.Git("worktree", "remove", "../two");
        repository.Uninstall();
        Assert.False(File.Exists(repository.Repository.Beside("one", ".husky", "post-checkout")));
        Assert.False(File.Exists(Path.Combine(repository.Root, ".husky", "post-checkout")));
        Assert.DoesNotContain("post-checkout", File.ReadAllText(exclude), StringComparison.Ordinal);
        Assert.StartsWith(excluded, File.ReadAllText(exclude), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_block_that_another_manager_moved_away_does_not_fire_twice()
    {
        using var repository = new HookRepository();
        repository.Install();
        File.Move(repository.HookFile, repository.HookFile + ".legacy");
        repository.WriteHook("#!/bin/sh\n\"$0.legacy\" \"$@\" 2>/dev/null || :\n");

        repository.Install();
        repository.Git("worktree", "add", "../feature-x");

        Assert.Single(repository.Calls);
        Assert.False(File.Exists(repository.HookFile + ".legacy"));
    }

    [SkippableFact]
    public void Builds_watch_the_files_by_which_another_manager_takes_over()
    {
        using var repository = new HookRepository();
        Assert.Empty(HookInstaller.WatchedFiles(repository.Checkout));

        repository.Install();

        Assert.Equal(
            [Path.Combine(repository.Root, ".git", "config"), repository.HookFile],
            HookInstaller.WatchedFiles(CheckoutLocator.Locate(repository.Root))
        );
    }

    // Notes each call, then does the work: seeding a new worktree is part of it.
    private static void UseRealExecutable(HookRepository repository) =>
        File.AppendAllText(
            Path.Combine(repository.Executable, "dotnet-worktree"),
            $"exec {HookRepository.Quote(RunnerProgram.Path)} \"$@\"\n"
        );

    private static List<string> HookFiles(HookRepository repository)
    {
        string[] folders =
        [
            Path.GetDirectoryName(repository.HookFile)!,
            Path.Combine(repository.Root, ".husky"),
            repository.Repository.Beside("hooks"),
        ];
        return
        [
            .. folders
                .Where(Directory.Exists)
                .SelectMany(f => Directory.EnumerateFiles(f, "*", SearchOption.AllDirectories))
                .Where(f => !f.EndsWith(".sample", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(f =>
                    $"{f} {File.GetUnixFileMode(f)} {Convert.ToHexString(File.ReadAllBytes(f))}"
                ),
        ];
    }
}
