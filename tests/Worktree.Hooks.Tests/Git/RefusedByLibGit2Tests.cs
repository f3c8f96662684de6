using LibGit2Sharp;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Git;

/// <summary>Repositories that git accepts and LibGit2Sharp refuses: the plain files answer.</summary>
public sealed class RefusedByLibGit2Tests : IDisposable
{
    private readonly TestRepository repository = new();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void A_repository_with_sha256()
    {
        var root = repository.Beside("sha256");
        repository.Git("init", "--quiet", "--initial-branch=main", "--object-format=sha256", root);
        repository.GitIn(root, "commit", "--quiet", "--allow-empty", "-m", "first");
        repository.GitIn(root, "worktree", "add", "--quiet", repository.Beside("feature-x"));

        AssertAnsweredByFiles(root, repository.Beside("feature-x"));
    }

    [Fact]
    public void A_repository_with_relative_worktrees()
    {
        var linked = RelativeWorktree();

        AssertAnsweredByFiles(repository.Root, linked);
    }

    [Fact]
    public void Relative_worktrees_that_were_moved_together_with_main()
    {
        RelativeWorktree();
        var moved = repository.Beside("moved");
        Directory.CreateDirectory(moved);
        Directory.Move(repository.Root, Path.Combine(moved, "webserver"));
        Directory.Move(repository.Beside("feature-x"), Path.Combine(moved, "feature-x"));

        AssertAnsweredByFiles(Path.Combine(moved, "webserver"), Path.Combine(moved, "feature-x"));
    }

    [Fact]
    public void A_repository_with_reftable()
    {
        var linked = repository.AddWorktree("feature-x");
        // git 2.45 writes these; git 2.39 knows neither, so the layout is made by hand (its files hold no refs here).
        repository.Git("config", "core.repositoryFormatVersion", "1");
        repository.Git("config", "extensions.refStorage", "reftable");
        foreach (var directory in new[] { ".git", ".git/worktrees/feature-x" })
        {
            repository.Write($"{directory}/HEAD", "ref: refs/heads/.invalid\n");
            repository.Write($"{directory}/reftable/tables.list", "");
        }
        Directory.Delete(Path.Combine(repository.Root, ".git", "refs"), recursive: true);
        repository.Write(".git/refs/heads", "this repository uses the reftable format\n");

        AssertAnsweredByFiles(repository.Root, linked, branch: null);
    }

    [SkippableFact]
    public void A_repository_that_belongs_to_somebody_else()
    {
        Skip.IfNot(
            !OperatingSystem.IsWindows() && Libc.GetEffectiveUserId() == 0,
            "only root can give a repository away"
        );
        var linked = repository.AddWorktree("feature-x");
        var given = ChildProcess.Run(
            repository.Environment,
            repository.Outside,
            "chown",
            ["-R", "12345:12345", repository.Root, linked]
        );
        Assert.Equal(0, given.ExitCode);

        AssertAnsweredByFiles(repository.Root, linked);
    }

    [Fact]
    public void A_bare_repository_with_sha256_has_its_main()
    {
        var store = repository.Beside("webserver.git");
        var seed = repository.Beside("seed");
        repository.Git("init", "--quiet", "--initial-branch=main", "--object-format=sha256", seed);
        repository.GitIn(seed, "commit", "--quiet", "--allow-empty", "-m", "first");
        repository.Git("clone", "--quiet", "--bare", seed, store);
        repository.GitIn(store, "worktree", "add", "--quiet", repository.Beside("trunk"), "main");
        repository.GitIn(store, "worktree", "add", "--quiet", repository.Beside("feature-x"));

        AssertAnsweredByFiles(repository.Beside("trunk"), repository.Beside("feature-x"));
    }

    [Fact]
    public void A_submodule_of_a_refused_repository_answers_with_the_checkout_around_it()
    {
        var inner = Path.Combine(repository.Root, "inner");
        repository.Git("clone", "--quiet", repository.Root, inner);
        RelativeWorktree();
        repository.Write(".gitmodules", "[submodule \"inner\"]\n\tpath = inner\n\turl = ./x\n");

        Assert.Equal(repository.Root, CheckoutLocator.Locate(inner).Root);
    }

    // git 2.48 writes this with worktree.useRelativePaths.
    private string RelativeWorktree()
    {
        var linked = repository.AddWorktree("feature-x");
        repository.Git("config", "core.repositoryFormatVersion", "1");
        repository.Git("config", "extensions.relativeWorktrees", "true");
        File.WriteAllText(
            Path.Combine(linked, ".git"),
            "gitdir: ../webserver/.git/worktrees/feature-x\n"
        );
        repository.Write(".git/worktrees/feature-x/gitdir", "../../../../feature-x/.git\n");
        return linked;
    }

    private static void AssertAnsweredByFiles(
        string main,
        string linked,
        string? branch = "feature-x"
    )
    {
        Assert.ThrowsAny<LibGit2SharpException>(() => new Repository(main));
        Assert.ThrowsAny<LibGit2SharpException>(() => new Repository(linked));

        var identity = WorktreeIdentity.Of(CheckoutLocator.Locate(linked), null, null);

        Assert.True(WorktreeIdentity.Of(CheckoutLocator.Locate(main), null, null).IsMain);
        Assert.False(identity.IsMain);
        Assert.Equal("feature-x", identity.Name);
        Assert.Equal(branch, identity.Checkout.Branch);
        Assert.Equal(linked, identity.Checkout.Root);
        Assert.Equal(main, identity.MainRoot);
        var listed = Assert.Single(
            WorktreeList.Linked(identity.Checkout.CommonDirectory),
            w => w.Name == "feature-x"
        );
        Assert.Equal(linked, listed.Root);
        Assert.True(listed.Exists);
    }
}
