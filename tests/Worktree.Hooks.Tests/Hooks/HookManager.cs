using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tests.Hooks;

/// <summary>Who else has hooks in the repository.</summary>
public enum Manager
{
    /// <summary>A file in .git/hooks.</summary>
    Plain,

    /// <summary>Husky.Net: .husky is core.hooksPath, and has an ignored folder with its shell runner.</summary>
    HuskyNet,

    /// <summary>husky 9 of npm: .husky/_ is core.hooksPath and ignored.</summary>
    Husky,

    /// <summary>lefthook of npm: files in .git/hooks.</summary>
    Lefthook,

    /// <summary>pre-commit: files in .git/hooks.</summary>
    PreCommit,

    /// <summary>core.hooksPath is a folder elsewhere.</summary>
    AbsolutePath,

    /// <summary>core.hooksPath of the user's own configuration.</summary>
    GlobalPath,
}

/// <summary>
/// Sets up each manager as its documentation says, with a post-checkout hook that notes its call: husky, lefthook and
/// pre-commit by their own programs.
/// </summary>
internal sealed class HookManager(Manager manager, HookRepository repository)
{
    // Husky.Net's package cannot be restored everywhere: this does what its runner is documented to do, which is to
    // start the hook a second time under 'sh -e' and to hand on its exit code.
    private const string HuskyNetRunner = """
        #!/bin/sh
        if [ -z "$husky_skip_init" ]; then
            [ "$HUSKY" = 0 ] && exit 0
            export husky_skip_init=1
            sh -e "$0" "$@"
            code=$?
            [ $code -eq 0 ] || echo "husky - script failed with $code" >&2
            exit $code
        fi

        """;

    private string Log => repository.Repository.Beside("theirs");

    private string Note => $"echo called >>{HookRepository.Quote(Log)}";

    /// <summary>How often their hook ran.</summary>
    public int Calls => File.Exists(Log) ? File.ReadAllLines(Log).Length : 0;

    /// <summary>Sets it up and commits what is committed.</summary>
    public void SetUp()
    {
        switch (manager)
        {
            case Manager.HuskyNet:
                Write(".husky/task-runner.json", "{ \"tasks\": [] }\n");
                Write(
                    ".husky/post-checkout",
                    $"#!/bin/sh\n. \"$(dirname \"$0\")/_/husky.sh\"\n{Note}\n"
                );
                break;
            case Manager.Husky:
                Write("package.json", "{ \"scripts\": { \"prepare\": \"husky\" } }\n");
                Write(".husky/post-checkout", $"{Note}\n");
                break;
            case Manager.Lefthook:
                Write(
                    "lefthook.yml",
                    $"post-checkout:\n  commands:\n    note:\n      run: {Note}\n"
                );
                break;
            case Manager.PreCommit:
                Write(
                    ".pre-commit-config.yaml",
                    $$"""
                    repos:
                      - repo: local
                        hooks:
                          - id: note
                            name: note
                            entry: sh -c "{{Note}}"
                            language: system
                            stages: [post-checkout]
                            always_run: true
                            pass_filenames: false
                    """
                );
                break;
            case Manager.AbsolutePath:
                repository.Git("config", "core.hooksPath", repository.Repository.Beside("hooks"));
                break;
            case Manager.GlobalPath:
                repository.Git(
                    "config",
                    "--global",
                    "core.hooksPath",
                    repository.Repository.Beside("hooks")
                );
                break;
        }
        repository.Git("add", "--all");
        repository.Git("commit", "--allow-empty", "-m", "hooks");
        Install();
    }

    /// <summary>Installs it, or installs it again over whatever is there.</summary>
    public void Install()
    {
        switch (manager)
        {
            case Manager.HuskyNet:
                repository.Git("config", "core.hooksPath", ".husky");
                Write(".husky/_/husky.sh", HuskyNetRunner);
                Write(".husky/_/.gitignore", "*\n");
                break;
            case Manager.Husky:
                Run("node", Path.Combine(Npm, "husky", "bin.js"));
                break;
            case Manager.Lefthook:
                Run(Path.Combine(Npm, ".bin", "lefthook"), "install", "--force");
                break;
            case Manager.PreCommit:
                Run("pre-commit", "install", "--hook-type", "post-checkout");
                break;
            case Manager.AbsolutePath or Manager.GlobalPath:
                Write(
                    repository.Repository.Beside("hooks", "post-checkout"),
                    $"#!/bin/sh\n{Note}\n"
                );
                break;
            default:
                repository.WriteHook($"#!/bin/sh\n{Note}\n");
                break;
        }
    }

    // .ci/run names the folder; a machine of a user's may have none.
    private static string Npm
    {
        get
        {
            var folder = HostEnvironment.Capture().Variable("WORKTREE_HOOKS_NPM");
            Skip.If(
                folder is null,
                "no husky and lefthook here: set WORKTREE_HOOKS_NPM=$(build/hook-managers.sh)"
            );
            return folder!;
        }
    }

    private void Run(string program, params string[] arguments)
    {
        Skip.If(
            !Path.IsPathRooted(program)
                && ProgramSearch.OnPath(repository.Environment, program) is null,
            $"'{program}' is not installed"
        );
        var result = ChildProcess.Run(repository.Environment, repository.Root, program, arguments);
        Assert.True(result.ExitCode == 0, $"{program}: {result.Output}{result.ErrorOutput}");
    }

    private void Write(string file, string content)
    {
        var path = Path.Combine(repository.Root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        if (content.StartsWith("#!", StringComparison.Ordinal))
        {
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        }
    }
}
