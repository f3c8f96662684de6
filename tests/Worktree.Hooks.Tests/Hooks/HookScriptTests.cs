using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Hooks;

/// <summary>hooks/post-checkout by itself, in every shell that this machine has.</summary>
public class HookScriptTests
{
    private const string Zeros = "0000000000000000000000000000000000000000";
    private const string Long = Zeros + "000000000000000000000000";

    public static TheoryData<string> Shells => new() { "dash", "bash", "busybox sh" };

    [SkippableTheory]
    [MemberData(nameof(Shells))]
    public void It_calls_the_executable_for_a_new_worktree_alone_and_starts_nothing_else(
        string shell
    )
    {
        using var repository = new HookRepository();
        repository.Install();
        repository.Git("worktree", "add", "../feature-x");
        var feature = repository.Repository.Beside("feature-x");
        File.Delete(repository.CallsFile);

        Run(repository, shell, feature, Zeros, "1", "0");
        Run(repository, shell, feature, "1234", "1", "1");
        Run(repository, shell, feature, "", "", "");
        Run(repository, shell, repository.Root, Zeros, "1", "1");
        Run(repository, shell, repository.Repository.Outside, Zeros, "1", "1");
        Assert.Empty(repository.Calls);

        Run(repository, shell, feature, Zeros, "1", "1");
        Run(repository, shell, feature, Long, "1", "1");
        File.WriteAllText(
            Path.Combine(feature, ".git"),
            "gitdir: ../webserver/.git/worktrees/feature-x\n"
        );
        Run(repository, shell, feature, Zeros, "1", "1");
        Run(
            repository,
            shell,
            repository.Root,
            [Zeros, "1", "1"],
            Path.Combine(repository.Root, ".git", "worktrees", "feature-x")
        );
        Assert.Equal(4, repository.Calls.Length);
    }

    [SkippableTheory]
    [MemberData(nameof(Shells))]
    public void A_portable_executable_without_dotnet_is_one_line(string shell)
    {
        using var repository = new HookRepository();
        repository.Install(repository.MakeExecutable("portable", "0.1.0", portable: true));
        repository.Git("worktree", "add", "--no-checkout", "../feature-x");
        var dotnetPath = Path.Combine(repository.Root, ".git", "worktree-hooks", "dotnet-path");
        File.WriteAllText(dotnetPath, "/gone/dotnet\n");

        var said = Run(
            repository,
            shell,
            repository.Repository.Beside("feature-x"),
            Zeros,
            "1",
            "1"
        );

        var line = Assert.Single(said.TrimEnd().Split('\n'));
        Assert.StartsWith(
            "worktree-hooks: WTH1006 HookBroken: 'dotnet' is neither at '/gone/dotnet'",
            line
        );
    }

    [SkippableFact]
    public void The_dotnet_of_the_installation_is_used_where_PATH_has_none()
    {
        using var repository = new HookRepository();
        var dotnet = repository.Repository.Beside("dotnet");
        File.WriteAllText(dotnet, $"#!/bin/sh\necho \"$*\" >{repository.CallsFile}\n");
        File.SetUnixFileMode(dotnet, (UnixFileMode)0b111_101_101);
        var environment = repository.Environment with
        {
            Variables = new Dictionary<string, string>(
                repository.Environment.Variables,
                StringComparer.Ordinal
            )
            {
                ["DOTNET_HOST_PATH"] = dotnet,
            },
        };
        HookInstaller.Install(
            environment,
            repository.Checkout,
            repository.MakeExecutable("portable", "0.1.0", portable: true),
            repository.Narrator
        );
        repository.Git("worktree", "add", "--no-checkout", "../feature-x");

        Run(repository, "dash", repository.Repository.Beside("feature-x"), Zeros, "1", "1");

        var call = Assert.Single(repository.Calls);
        Assert.StartsWith("exec ", call);
        Assert.EndsWith($"dotnet-worktree.dll hook post-checkout {Zeros} 1 1", call);
    }

    private static string Run(
        HookRepository repository,
        string shell,
        string folder,
        params string[] arguments
    ) => Run(repository, shell, folder, arguments, gitDirectory: "");

    // An empty PATH proves that nothing but builtins is used.
    private static string Run(
        HookRepository repository,
        string shell,
        string folder,
        string[] arguments,
        string gitDirectory
    )
    {
        var words = shell.Split(' ');
        var program = ProgramSearch.OnPath(repository.Environment, words[0]);
        Skip.If(program is null, $"{words[0]} is not installed here");
        var script = Path.Combine(BuiltFolder.Runner, "post-checkout");
        var result = ChildProcess.Run(
            repository.Environment,
            folder,
            "/usr/bin/env",
            [
                "-i",
                "PATH=/nowhere",
                $"GIT_DIR={gitDirectory}",
                program!,
                .. words[1..],
                script,
                .. arguments,
            ]
        );
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain("not found", result.ErrorOutput, StringComparison.Ordinal);
        return result.ErrorOutput;
    }
}
