using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Hooks;

/// <summary>Which git a test runs: their ways to call a hook differ.</summary>
public enum GitKind
{
    /// <summary>Before 2.54: the hook is a file.</summary>
    Older,

    /// <summary>2.54 or later, named by WORKTREE_HOOKS_NEWER_GIT (build/newer-git.sh) where the machine's own is older.</summary>
    Newer,
}

/// <summary>
/// A repository, a git of one kind, and an executable folder whose executable notes how it was called: a shell script,
/// as if it were native.
/// </summary>
internal sealed class HookRepository : IDisposable
{
    private readonly string git;

    public HookRepository(GitKind kind = GitKind.Older, string name = "webserver")
    {
        git = Find(kind);
        Repository = new TestRepository(name);
        Environment = Repository.Environment with
        {
            Variables = new Dictionary<string, string>(
                Repository.Environment.Variables,
                StringComparer.Ordinal
            )
            {
                ["PATH"] =
                    $"{Path.GetDirectoryName(git)}:{Repository.Environment.Variable("PATH")}",
            },
        };
        Executable = MakeExecutable("executable");
    }

    public TestRepository Repository { get; }

    public HostEnvironment Environment { get; }

    public string Root => Repository.Root;

    public string Executable { get; }

    public RecordingNarrator Narrator { get; } = new();

    public string HookFile => Path.Combine(Root, ".git", "hooks", "post-checkout");

    public string CallsFile => Repository.Beside("calls");

    /// <summary>A line for each call of the executable: its folder, then its arguments.</summary>
    public string[] Calls => File.Exists(CallsFile) ? File.ReadAllLines(CallsFile) : [];

    public Checkout Checkout => CheckoutLocator.Locate(Root);

    public bool Install(string? executable = null) =>
        HookInstaller.Install(Environment, Checkout, executable ?? Executable, Narrator);

    public bool Uninstall() => HookInstaller.Uninstall(Environment, Checkout, Narrator);

    public HookStatus Status() => HookInstaller.Query(Environment, Checkout, Executable);

    /// <summary>Runs git and returns what it did, whatever its exit code.</summary>
    public ProcessResult TryGit(string folder, params string[] arguments) =>
        ChildProcess.Run(Environment, folder, git, arguments);

    /// <summary>Runs git in main; fails the test where git fails.</summary>
    public ProcessResult Git(params string[] arguments) => GitIn(Root, arguments);

    public ProcessResult GitIn(string folder, params string[] arguments)
    {
        var result = TryGit(folder, arguments);
        Assert.True(
            result.ExitCode == 0,
            $"git {string.Join(' ', arguments)}: {result.ErrorOutput}"
        );
        return result;
    }

    /// <summary>Makes an executable folder of a version.</summary>
    public string MakeExecutable(string name, string version = "0.1.0", bool portable = false)
    {
        var folder = Repository.Beside(name);
        Directory.CreateDirectory(folder);
        var program = Path.Combine(folder, "dotnet-worktree");
        File.WriteAllText(
            program,
            $"#!/bin/sh\necho \"$PWD $*\" >>{Quote(CallsFile)}\necho 'said by the executable' >&2\n"
        );
        File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
        if (portable)
        {
            File.WriteAllText($"{program}.dll", "");
        }
        File.WriteAllText($"{program}.version", version + "\n");
        File.Copy(
            Path.Combine(BuiltFolder.Runner, "post-checkout"),
            Path.Combine(folder, "post-checkout"),
            overwrite: true
        );
        return folder;
    }

    /// <summary>Writes a hook of the user's own.</summary>
    public void WriteHook(string content, bool executable = true)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(HookFile)!);
        File.WriteAllText(HookFile, content, System.Text.Encoding.Latin1);
        File.SetUnixFileMode(
            HookFile,
            executable ? (UnixFileMode)0b111_101_000 : (UnixFileMode)0b110_100_000
        );
    }

    public static string Quote(string text) =>
        $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    public void Dispose() => Repository.Dispose();

    private static string Find(GitKind kind)
    {
        var host = HostEnvironment.Capture();
        var own = ProgramSearch.OnPath(host, "git")!;
        var ownIsNewer = new HookGit(host, "/", "/").RunsConfiguredHooks;
        if (kind == GitKind.Older)
        {
            Skip.If(ownIsNewer, "this machine's git has configuration hooks: no older git is here");
            return own;
        }
        var newer = ownIsNewer ? own : host.Variable("WORKTREE_HOOKS_NEWER_GIT");
        Skip.If(
            newer is null,
            "no git 2.54 here: set WORKTREE_HOOKS_NEWER_GIT=$(build/newer-git.sh)"
        );
        return newer!;
    }
}
