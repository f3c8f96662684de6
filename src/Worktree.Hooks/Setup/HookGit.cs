using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>What the installation asks the git executable: only it knows every place of its configuration.</summary>
/// <param name="environment">The environment of the process.</param>
/// <param name="commonDirectory">The repository.</param>
/// <param name="root">The work tree in which git is asked.</param>
internal sealed class HookGit(HostEnvironment environment, string commonDirectory, string root)
{
    private const string Section = "hook.worktree-hooks";

    private string CommonConfig => Path.Combine(commonDirectory, "config");

    /// <summary>True from git 2.54 on, which runs hooks that its configuration names.</summary>
    /// <exception cref="WorktreeHooksException">WTH1002: there is no git.</exception>
    public bool RunsConfiguredHooks
    {
        get
        {
            // "git version 2.39.5 (Apple Git-154)", "git version 2.54.0.windows.1": the two numbers are a promise.
            var words = Require("--version").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var numbers = words.ElementAtOrDefault(2)?.Split('.') ?? [];
            return numbers.Length >= 2
                && int.TryParse(numbers[0], out var major)
                && int.TryParse(numbers[1], out var minor)
                && (major, minor).CompareTo((2, 54)) >= 0;
        }
    }

    /// <summary>
    /// The file that git runs after a checkout: core.hooksPath of whatever configuration, relative to the work tree,
    /// else the common dir's hooks folder.
    /// </summary>
    public string HookFile =>
        Path.GetFullPath(Require("rev-parse", "--git-path", "hooks/post-checkout"), root);

    /// <summary>core.hooksPath as it is configured; null where it is not.</summary>
    public string? HooksPath =>
        Run("config", "--get", "core.hooksPath") is { ExitCode: 0 } found
            ? found.Output.TrimEnd('\n')
            : null;

    /// <summary>True where git keeps the file in its index.</summary>
    public bool IsTracked(string file) =>
        Run("ls-files", "--error-unmatch", "--", file).ExitCode == 0;

    /// <summary>True where the common config has our hook, and as this version writes it.</summary>
    public bool IsConfigured =>
        Run("config", "--file", CommonConfig, "--get-all", $"{Section}.command")
            is { ExitCode: 0 } command
        && command.Output.TrimEnd('\n') == HookText.ConfiguredCommand
        && Run("config", "--file", CommonConfig, "--get-all", $"{Section}.event")
            .Output.TrimEnd('\n') == "post-checkout";

    /// <summary>Writes our hook into the common config. The command first: an event without one would be an error.</summary>
    public void Configure()
    {
        Require(
            "config",
            "--file",
            CommonConfig,
            "--replace-all",
            $"{Section}.command",
            HookText.ConfiguredCommand
        );
        Require(
            "config",
            "--file",
            CommonConfig,
            "--replace-all",
            $"{Section}.event",
            "post-checkout"
        );
    }

    /// <summary>Takes our hook out of the common config, if it is there.</summary>
    public void Unconfigure()
    {
        if (MentionsHook(commonDirectory))
        {
            Require("config", "--file", CommonConfig, "--remove-section", Section);
        }
    }

    /// <summary>True where the text of a common config has our section; starts no process.</summary>
    public static bool MentionsHook(string commonDirectory)
    {
        var config = Path.Combine(commonDirectory, "config");
        return File.Exists(config)
            && File.ReadAllText(config)
                .Contains("[hook \"worktree-hooks\"]", StringComparison.Ordinal);
    }

    private string Require(params string[] arguments)
    {
        var result = Run(arguments);
        return result.ExitCode == 0
            ? result.Output.TrimEnd('\n')
            : throw new WorktreeHooksException(
                ErrorCatalogue.HookNotInstalled,
                $"'git {string.Join(' ', arguments.Take(2))}' ended with {result.ExitCode} in '{root}': "
                    + $"{result.ErrorOutput.Trim()}. Mend that and run 'dotnet worktree hooks install'; builds do the hook's work until then."
            );
    }

    private ProcessResult Run(params string[] arguments) =>
        GitProgram.Run(environment, root, arguments);
}
