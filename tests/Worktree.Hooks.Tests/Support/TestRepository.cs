using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Support;

/// <summary>
/// Real repositories, made by the git of this machine in a folder of the test's own. The user's git configuration and
/// lease file are out of sight: HOME and WORKTREE_HOOKS_STATE lie in that folder too.
/// </summary>
public sealed class TestRepository : IDisposable
{
    private readonly TemporaryFolder folder = new();

    /// <summary>Makes a repository with one commit, in a folder of this name.</summary>
    public TestRepository(string name = "webserver")
    {
        Directory.CreateDirectory(folder.At("home"));
        Root = folder.At(name);
        Directory.CreateDirectory(Root);
        Environment = HostEnvironment.Capture() with
        {
            CurrentDirectory = Root,
            Variables = new Dictionary<string, string>(
                HostEnvironment.Capture().Variables,
                StringComparer.Ordinal
            )
            {
                ["HOME"] = folder.At("home"),
                ["XDG_CONFIG_HOME"] = folder.At("home", ".config"),
                ["WORKTREE_HOOKS_STATE"] = folder.At("state"),
                ["GIT_CONFIG_NOSYSTEM"] = "1",
                ["CI"] = "",
            },
        };
        WriteHomeConfig();
        Git("init", "--quiet", "--initial-branch=main");
        Write("readme.txt", "hello\n");
        Git("add", ".");
        Git("commit", "--quiet", "-m", "first");
    }

    /// <summary>The main worktree.</summary>
    public string Root { get; }

    /// <summary>The folder that holds the main worktree, the home and everything else of the test.</summary>
    public string Outside => folder.Path;

    /// <summary>The environment that the code under test is to run with.</summary>
    internal HostEnvironment Environment { get; }

    /// <summary>A path beside the main worktree.</summary>
    public string Beside(params string[] parts) => folder.At(parts);

    /// <summary>Runs git in the main worktree; fails the test where git fails.</summary>
    public string Git(params string[] arguments) => GitIn(Root, arguments);

    /// <summary>Runs git in any folder; fails the test where git fails.</summary>
    public string GitIn(string workingDirectory, params string[] arguments)
    {
        var result = ChildProcess.Run(Environment, workingDirectory, "git", arguments);
        Assert.True(
            result.ExitCode == 0,
            $"git {string.Join(' ', arguments)}: {result.ErrorOutput}"
        );
        return result.Output.TrimEnd();
    }

    /// <summary>Adds a linked worktree beside main and returns its root.</summary>
    public string AddWorktree(string name)
    {
        Git("worktree", "add", "--quiet", Beside(name));
        return Beside(name);
    }

    /// <summary>Writes a file of the main worktree.</summary>
    public void Write(string relativePath, string content)
    {
        var path = Path.Combine(Root, relativePath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    public void Dispose() => folder.Dispose();

    private void WriteHomeConfig() =>
        File.WriteAllText(
            folder.At("home", ".gitconfig"),
            "[user]\n\tname = Tester\n\temail = tester@example.org\n[protocol \"file\"]\n\tallow = always\n"
                + "[gc]\n\tauto = 0\n"
        );
}
