using System.Text;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tests.Hooks;

/// <summary>What the user has in post-checkout works as before, and is there again after uninstalling.</summary>
public class UserHookTests
{
    private const string Note = "printf '%s|' \"$@\" >>\"$USER_LOG\"; cat >>\"$USER_LOG\"";

    public static TheoryData<string, string> Hooks =>
        new()
        {
            { "sh", $"#!/bin/sh\n{Note}\n" },
            { "exits early", $"#!/bin/sh\n{Note}\nexit 0\necho never >>\"$USER_LOG\"\n" },
            { "fails", $"#!/bin/sh\n{Note}\nexit 3\n" },
            { "execs", $"#!/bin/sh\n{Note}\nexec false\n" },
            { "strict", $"#!/bin/sh -eu\n{Note}\nd=$1\n" },
            { "strict bash", $"#!/usr/bin/env bash\nset -euo pipefail\n{Note}\n[[ -n $3 ]]\n" },
            { "env -S", $"#!/usr/bin/env -S bash -e\n{Note}\n" },
            { "no interpreter line", $"{Note}\n" },
            { "no final newline", $"#!/bin/sh\n{Note}" },
            { "only the interpreter line", "#!/bin/sh" },
            { "CR LF after the first line", $"#!/bin/sh\n{Note} # \r\n# two\r\n" },
            { "Latin-1 bytes", $"#!/bin/sh\n# gr\u00f6\u00dfe \u00ff\n{Note}\n" },
            {
                "python",
                "#!/usr/bin/env python3\nimport os, sys\n"
                    + "open(os.environ['USER_LOG'], 'a').write('|'.join(sys.argv[1:]) + sys.stdin.read())\nsys.exit(4)\n"
            },
            { "awk without a final newline", "#!/usr/bin/awk -f\nBEGIN { exit 5 }" },
        };

    [SkippableTheory]
    [MemberData(nameof(Hooks))]
    public void It_runs_with_all_its_arguments_and_its_exit_code_and_comes_back_byte_for_byte(
        string kind,
        string content
    )
    {
        Assert.NotEmpty(kind);
        using var repository = new HookRepository();
        var log = repository.Repository.Beside("user-log");
        repository.WriteHook(
            content.Replace("$USER_LOG", log).Replace("os.environ['USER_LOG']", $"'{log}'")
        );
        var bytes = File.ReadAllBytes(repository.HookFile);
        var mode = File.GetUnixFileMode(repository.HookFile);
        var plain = repository.TryGit(repository.Root, "worktree", "add", "../plain");
        var plainCheckout = repository.TryGit(repository.Root, "checkout", "-b", "topic");
        var wanted = ReadAndDelete(log);

        Assert.True(repository.Install());
        repository.Git("branch", "-M", "topic", "topic-1");
        var added = repository.TryGit(repository.Root, "worktree", "add", "../added");
        var checkout = repository.TryGit(repository.Root, "checkout", "-b", "topic");

        Assert.Single(repository.Calls);
        Assert.Equal(wanted, ReadAndDelete(log));
        Assert.Equal(plain.ExitCode, added.ExitCode);
        Assert.Equal(plainCheckout.ExitCode, checkout.ExitCode);
        Assert.Equal(repository.HookFile, repository.Status().OtherHook);
        Assert.True(repository.Uninstall());
        Assert.Equal(bytes, File.ReadAllBytes(repository.HookFile));
        Assert.Equal(mode, File.GetUnixFileMode(repository.HookFile));
        Assert.Equal(
            [repository.HookFile],
            Directory.GetFiles(Path.GetDirectoryName(repository.HookFile)!, "post-checkout*")
        );
    }

    [SkippableFact]
    public void One_that_is_not_executable_stays_asleep()
    {
        using var repository = new HookRepository();
        var log = repository.Repository.Beside("user-log");
        repository.WriteHook($"#!/bin/sh\necho awake >{log}\n", executable: false);
        var bytes = File.ReadAllBytes(repository.HookFile);
        var mode = File.GetUnixFileMode(repository.HookFile);

        repository.Install();
        repository.Git("worktree", "add", "../feature-x");

        Assert.Single(repository.Calls);
        Assert.False(File.Exists(log));
        repository.Uninstall();
        Assert.Equal(bytes, File.ReadAllBytes(repository.HookFile));
        Assert.Equal(mode, File.GetUnixFileMode(repository.HookFile));
    }

    [SkippableFact]
    public void A_symbolic_link_is_called_and_what_it_names_is_never_written()
    {
        using var repository = new HookRepository();
        var log = repository.Repository.Beside("user-log");
        repository.Repository.Write("tools/hook.sh", $"#!/bin/sh\necho called >>{log}\n");
        var target = Path.Combine(repository.Root, "tools", "hook.sh");
        File.SetUnixFileMode(target, (UnixFileMode)0b111_101_101);
        var bytes = File.ReadAllBytes(target);
        Directory.CreateDirectory(Path.GetDirectoryName(repository.HookFile)!);
        File.CreateSymbolicLink(repository.HookFile, "../../tools/hook.sh");

        repository.Install();
        repository.Git("worktree", "add", "../feature-x");

        Assert.Single(repository.Calls);
        Assert.Equal("called\n", File.ReadAllText(log));
        Assert.Equal(bytes, File.ReadAllBytes(target));
        repository.Uninstall();
        Assert.Equal("../../tools/hook.sh", new FileInfo(repository.HookFile).LinkTarget);
    }

    [SkippableTheory]
    [InlineData("#!/bin/sh\necho theirs\n")]
    [InlineData("#!/usr/bin/env python3\nprint('theirs')\n")]
    public void Another_manager_that_writes_over_ours_is_joined_by_the_next_installation(
        string theirs
    )
    {
        using var repository = new HookRepository();
        repository.WriteHook("#!/usr/bin/env python3\nprint('former')\n");
        repository.Install();
        repository.WriteHook(theirs);
        var bytes = File.ReadAllBytes(repository.HookFile);
        Assert.False(repository.Status().IsCurrent);

        Assert.True(repository.Install());
        var added = repository.Git("worktree", "add", "../feature-x");

        Assert.Single(repository.Calls);
        Assert.Contains("theirs", added.ErrorOutput, StringComparison.Ordinal);
        Assert.False(repository.Install());
        repository.Uninstall();
        Assert.Equal(bytes, File.ReadAllBytes(repository.HookFile));
    }

    [Fact]
    public void Lines_that_the_user_adds_below_our_block_survive_uninstalling()
    {
        var script = HookScript.Create();
        var edited = new HookScript(script.Content + "echo mine\n");

        Assert.Null(script.WithoutBlock());
        Assert.Equal("#!/bin/sh\necho mine\n", edited.WithoutBlock()!.Content);
    }

    [Theory]
    [MemberData(nameof(Hooks))]
    public void A_block_comes_and_goes_without_a_trace(string kind, string content)
    {
        Assert.NotEmpty(kind);
        var script = HookScript.FromBytes(Encoding.Latin1.GetBytes(content));

        var with = script.WithBlock();

        Assert.True(with.HasCurrentBlock);
        Assert.Equal(with, with.WithBlock());
        Assert.Equal(script, with.WithoutBlock());
    }

    [Fact]
    public void A_block_of_another_version_is_replaced_where_it_stands()
    {
        var old = new HookScript(
            "#!/bin/sh\n# >>> worktree-hooks (old)\nold lines\n# <<< worktree-hooks\nexit 3\n"
        );

        var current = old.WithBlock();

        Assert.False(old.HasCurrentBlock);
        Assert.True(current.HasCurrentBlock);
        Assert.DoesNotContain("old lines", current.Content, StringComparison.Ordinal);
        Assert.Equal("#!/bin/sh\nexit 3\n", current.WithoutBlock()!.Content);
    }

    private static string ReadAndDelete(string file)
    {
        if (!File.Exists(file))
        {
            return "";
        }
        var content = File.ReadAllText(file, Encoding.Latin1);
        File.Delete(file);
        return content;
    }
}
