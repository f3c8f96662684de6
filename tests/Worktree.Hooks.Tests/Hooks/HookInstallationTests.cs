using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tests.Hooks;

public class HookInstallationTests
{
    [SkippableTheory]
    [InlineData(GitKind.Older)]
    [InlineData(GitKind.Newer)]
    public void Uninstalling_leaves_nothing_but_the_lock_file(GitKind kind)
    {
        var way = kind == GitKind.Newer ? HookWay.Configuration : HookWay.HookFile;
        using var repository = new HookRepository(kind);
        var config = Path.Combine(repository.Root, ".git", "config");
        var before = File.ReadAllBytes(config);
        var hooks = Directory.GetFileSystemEntries(Path.GetDirectoryName(repository.HookFile)!);

        Assert.Equal(HookWay.None, repository.Status().Way);
        Assert.True(repository.Install());
        var status = repository.Status();
        Assert.Equal(way, status.Way);
        Assert.True(status.IsCurrent);
        Assert.Null(status.OtherHook);
        Assert.Equal(HookExecutableKind.Native, status.Executable!.Kind);
        Assert.True(repository.Uninstall());

        Assert.Equal(before, File.ReadAllBytes(config));
        Assert.Equal(
            hooks,
            Directory.GetFileSystemEntries(Path.GetDirectoryName(repository.HookFile)!)
        );
        Assert.Equal(
            [Path.Combine(repository.Root, ".git", "worktree-hooks", "install.lock")],
            Directory.GetFileSystemEntries(Path.Combine(repository.Root, ".git", "worktree-hooks"))
        );
        Assert.False(repository.Uninstall());
    }

    [SkippableTheory]
    [InlineData(GitKind.Older)]
    [InlineData(GitKind.Newer)]
    public void A_second_installation_starts_no_process_and_writes_nothing(GitKind kind)
    {
        using var repository = new HookRepository(kind);
        Assert.True(repository.Install());
        var withoutGit = repository.Environment with
        {
            Variables = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["PATH"] = "/nowhere",
            },
        };

        Assert.False(
            HookInstaller.Install(
                withoutGit,
                repository.Checkout,
                repository.Executable,
                repository.Narrator
            )
        );
    }

    [SkippableFact]
    public void A_folder_that_git_did_not_make_goes_with_the_hook()
    {
        using var repository = new HookRepository();
        var folder = Path.GetDirectoryName(repository.HookFile)!;
        Directory.Delete(folder, recursive: true);

        repository.Install();
        Assert.True(File.Exists(repository.HookFile));
        repository.Uninstall();

        Assert.False(Directory.Exists(folder));
    }

    [SkippableTheory]
    [InlineData(".hooks")]
    [InlineData(".hooks/_")]
    public void A_relative_hooks_path_gets_the_block_in_the_main_worktree(string hooksPath)
    {
        using var repository = new HookRepository();
        repository.Repository.Write(".hooks/post-checkout", "#!/bin/sh\necho tracked\n");
        File.SetUnixFileMode(
            Path.Combine(repository.Root, ".hooks", "post-checkout"),
            (UnixFileMode)0b111_101_101
        );
        repository.Git("add", ".");
        repository.Git("commit", "-m", "hooks");
        repository.Git("config", "core.hooksPath", hooksPath);

        repository.Install();
        repository.Git("worktree", "add", "../feature-x");

        Assert.Single(repository.Calls);
        Assert.Contains(repository.Narrator.Lines, l => l.Contains("core.hooksPath is"));
        Assert.Equal(
            hooksPath == ".hooks",
            repository.Narrator.Lines.Any(l => l.Contains("is tracked"))
        );
        Assert.False(repository.Install());
        repository.Uninstall();
        Assert.Empty(repository.Git("status", "--porcelain").Output);
        Assert.False(Directory.Exists(Path.Combine(repository.Root, ".hooks", "_")));
    }

    [SkippableFact]
    public void A_hooks_folder_of_many_repositories_does_nothing_in_those_without_an_installation()
    {
        using var repository = new HookRepository();
        var shared = repository.Repository.Beside("shared hooks");
        repository.Git("config", "--global", "core.hooksPath", shared);
        repository.Git("clone", repository.Root, "../other");

        repository.Install();
        repository.Git("worktree", "add", "../mine");
        repository.GitIn(
            repository.Repository.Beside("other"),
            "worktree",
            "add",
            "-b",
            "theirs",
            "../theirs"
        );

        Assert.Single(repository.Calls);
        repository.Uninstall();
        Assert.False(Directory.Exists(shared));
    }

    [SkippableFact]
    public void Hooks_that_are_switched_off_are_told_once()
    {
        using var repository = new HookRepository();
        repository.Git("config", "core.hooksPath", "/dev/null");

        repository.Install();
        repository.Install();

        var warning = Assert.Single(repository.Narrator.Warnings);
        Assert.Equal(ErrorCatalogue.HookNotInstalled, warning.Definition);
        Assert.Contains("'/dev/null'", warning.Message, StringComparison.Ordinal);
        Assert.Equal(HookWay.None, repository.Status().Way);
        repository.Git("worktree", "add", "../feature-x");
    }

    [SkippableFact]
    public void A_newer_git_is_called_by_its_configuration_whatever_core_hooksPath_says()
    {
        using var repository = new HookRepository(GitKind.Newer);
        repository.Git("config", "core.hooksPath", "/dev/null");

        repository.Install();
        repository.Git("worktree", "add", "../feature-x");

        Assert.Single(repository.Calls);
        Assert.Empty(repository.Narrator.Warnings);
    }

    [SkippableFact]
    public void When_git_is_upgraded_the_block_gives_way_to_the_configuration()
    {
        using var newer = new HookRepository(GitKind.Newer);
        using var older = new HookRepository();
        older.WriteHook("#!/bin/sh\necho mine\n");
        var bytes = File.ReadAllBytes(older.HookFile);
        older.Install();

        newer.GitIn(older.Root, "worktree", "add", "../before");
        Assert.Single(older.Calls);
        HookInstaller.Uninstall(newer.Environment, older.Checkout, older.Narrator);
        Assert.Equal(bytes, File.ReadAllBytes(older.HookFile));
        older.Install();
        File.AppendAllText(Path.Combine(older.Root, ".git", "config"), "# touched\n");
        HookInstaller.Install(newer.Environment, older.Checkout, older.Executable, older.Narrator);
        newer.GitIn(older.Root, "worktree", "add", "../after");

        Assert.Equal(2, older.Calls.Length);
        Assert.Equal(bytes, File.ReadAllBytes(older.HookFile));
    }

    [SkippableTheory]
    [InlineData("0.1.0", false, "0.1.0", true, false)]
    [InlineData("0.2.0", false, "0.1.0", true, false)]
    [InlineData("0.1.0", false, "0.2.0", true, true)]
    [InlineData("0.1.0", true, "0.1.0", false, true)]
    [InlineData("0.2.0", true, "0.1.0", false, false)]
    [InlineData("0.1.0", true, "0.1.0", true, true)]
    public void A_newer_executable_replaces_an_older_but_portable_never_a_native_one_of_its_version(
        string installed,
        bool installedIsPortable,
        string offered,
        bool offeredIsPortable,
        bool replaces
    )
    {
        using var repository = new HookRepository();
        var first = repository.MakeExecutable("first", installed, installedIsPortable);
        repository.Install(first);
        var second = repository.MakeExecutable("second", offered, offeredIsPortable);
        File.SetLastWriteTimeUtc(
            Path.Combine(second, "dotnet-worktree"),
            new DateTime(2100, 1, 1, 0, 0, 0, DateTimeKind.Utc)
        );

        repository.Install(second);

        var now = repository.Status().Executable!;
        Assert.Equal(replaces ? offered : installed, now.Version.ToString());
        Assert.Equal(
            (replaces ? offeredIsPortable : installedIsPortable)
                ? HookExecutableKind.Portable
                : HookExecutableKind.Native,
            now.Kind
        );
        Assert.False(repository.Install(second));
    }

    [SkippableFact]
    public void What_a_killed_installation_left_is_cleared_away()
    {
        using var repository = new HookRepository();
        var home = Path.Combine(repository.Root, ".git", "worktree-hooks");
        Directory.CreateDirectory(Path.Combine(home, "bin-0123456789ab.tmp"));
        Directory.CreateDirectory(Path.Combine(home, "bin-0123456789ab"));
        File.CreateSymbolicLink(Path.Combine(home, "bin.tmp"), "bin-0123456789ab.tmp");

        repository.Install();

        var bin = Path.Combine(home, new FileInfo(Path.Combine(home, "bin")).LinkTarget!);
        Assert.Equal([bin], Directory.GetDirectories(home, "bin-*"));
        repository.Git("worktree", "add", "../feature-x");
        Assert.Single(repository.Calls);
    }

    [SkippableFact]
    public void A_copy_of_the_hook_that_a_killed_installation_left_is_used_or_deleted()
    {
        using var repository = new HookRepository();
        repository.WriteHook("#!/usr/bin/env python3\nprint('mine')\n");
        var aside = $"{repository.HookFile}.worktree-hooks-chained";
        File.Copy(repository.HookFile, aside);

        repository.Install();
        Assert.Equal(2, Directory.GetFiles(Path.GetDirectoryName(aside)!, "post-checkout*").Length);
        repository.Uninstall();
        repository.Install();
        File.Copy(aside, repository.HookFile, overwrite: true);
        repository.Uninstall();

        Assert.False(File.Exists(aside));
        Assert.Contains("mine", File.ReadAllText(repository.HookFile), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Installations_at_once_agree()
    {
        using var repository = new HookRepository();
        repository.WriteHook("#!/usr/bin/env python3\nprint('mine')\n");

        Parallel.For(0, 8, _ => repository.Install());
        repository.Git("worktree", "add", "../feature-x");

        Assert.Single(repository.Calls);
        Assert.Single(repository.Narrator.Lines);
    }

    [SkippableFact]
    public void An_executable_folder_without_an_executable_is_refused()
    {
        using var repository = new HookRepository();

        var refused = Assert.Throws<WorktreeHooksException>(() =>
            repository.Install(repository.Repository.Beside("home"))
        );

        Assert.Equal(ErrorCatalogue.HookNotInstalled, refused.Diagnostic.Definition);
        Assert.False(Directory.Exists(Path.Combine(repository.Root, ".git", "worktree-hooks")));
    }

    [SkippableFact]
    public void No_git_is_told_with_its_code()
    {
        using var repository = new HookRepository();
        var withoutGit = repository.Environment with
        {
            Variables = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["PATH"] = "/nowhere",
            },
        };

        // The name is looked up on this process's own PATH at last, so a failing start needs a folder that is gone.
        var git = new HookGit(withoutGit, repository.Root, repository.Repository.Beside("gone"));

        var refused = Assert.Throws<WorktreeHooksException>(() => git.RunsConfiguredHooks);
        Assert.Equal(ErrorCatalogue.GitNotFound, refused.Diagnostic.Definition);
    }
}
