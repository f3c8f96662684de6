using System.Text.Json;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>
/// How Compose is called for one worktree: with its project's name, every env file and every compose file, and with
/// the worktree's variables in the environment, where they beat those of a shell and of the env files.
/// </summary>
internal sealed record ComposeCall
{
    public required HostEnvironment Environment { get; init; }

    public required ComposeTool Tool { get; init; }

    public required ComposeFiles Files { get; init; }

    public required string ProjectName { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Variables { get; init; }

    /// <summary>Our override; null before there is one.</summary>
    public string? OverrideFile { get; init; }

    /// <summary>The options before the subcommand.</summary>
    public IReadOnlyList<string> Options =>
        [
            "--project-name",
            ProjectName,
            .. Files.EnvFiles.SelectMany(f => new[] { "--env-file", f }),
            .. Files.Files.SelectMany(f => new[] { "--file", f }),
            .. OverrideFile is null ? Array.Empty<string>() : ["--file", OverrideFile],
        ];

    /// <summary>The environment of the child.</summary>
    public HostEnvironment ChildEnvironment
    {
        get
        {
            var variables = ChildProcess.WithoutGit(Environment.Variables);
            foreach (var (name, value) in Variables)
            {
                variables[name] = value;
            }
            if (Files.EnvFiles.Count == 0)
            {
                // Without any --env-file it would read the .env of its folder, also where main has none.
                variables["COMPOSE_DISABLE_ENV_FILE"] = "1";
            }
            variables["PWD"] = Files.Folder; // a shell would have it so, and files refer to it
            return Environment with { Variables = variables };
        }
    }

    /// <summary>Runs a subcommand to its end.</summary>
    public ProcessResult Run(params IReadOnlyList<string> words) =>
        ChildProcess.Run(
            ChildEnvironment,
            Files.Folder,
            Tool.Command[0],
            [.. Tool.Command.Skip(1), .. Options, .. words]
        );

    /// <summary>The same; a cancellation ends it.</summary>
    public ProcessResult Run(CancellationToken cancellation, params IReadOnlyList<string> words) =>
        ChildProcess.Run(
            ChildEnvironment,
            Files.Folder,
            Tool.Command[0],
            cancellation,
            [.. Tool.Command.Skip(1), .. Options, .. words]
        );

    /// <summary>
    /// The project with all profiles, so that a service that is started later is known too; without those that are not
    /// asked for where one of these cannot be read.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH5033: Compose does not accept the files.</exception>
    public ComposeProject Read()
    {
        var answer = Config("--profile", "*");
        var hasAllProfiles = answer.ExitCode == 0;
        if (!hasAllProfiles)
        {
            answer = Config();
        }
        if (answer.ExitCode != 0)
        {
            throw Refused(ComposeOutput.Complaint(answer.ErrorOutput));
        }
        try
        {
            return ComposeProject.Parse(answer.Output) with { HasAllProfiles = hasAllProfiles };
        }
        catch (JsonException e)
        {
            throw Refused($"its answer is not understood ({e.Message})", e);
        }
    }

    /// <summary>The same with what is to be shared by all worktrees, which costs a second call where something may be.</summary>
    /// <exception cref="WorktreeHooksException">WTH5033: Compose does not accept the files.</exception>
    public ComposeProject ReadWithWishes()
    {
        var project = Read();
        if (!ComposeWishes.MayBeIn(project))
        {
            return project;
        }
        var answer = Run("--profile", "*", "config");
        return answer.ExitCode == 0 ? ComposeWishes.Add(project, answer.Output) : project;
    }

    private ProcessResult Config(params IReadOnlyList<string> profile) =>
        Run([.. profile, "config", "--format", "json"]);

    private WorktreeHooksException Refused(string reason, Exception? inner = null) =>
        new(
            new Diagnostic(
                ErrorCatalogue.ComposeFileRefused,
                $"'{Path.GetFileName(Files.Files[0])}' is not accepted by Docker Compose {Tool.Version}: {reason}. Mend it; "
                    + "'docker compose config' shows the same."
            )
            {
                File = Files.Files[0],
            },
            inner
        );
}

/// <summary>What Compose writes to standard error.</summary>
internal static class ComposeOutput
{
    /// <summary>The complaint, without the warnings before it, in one line.</summary>
    public static string Complaint(string errorOutput)
    {
        var lines = errorOutput
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(l => !l.Contains("level=warning", StringComparison.Ordinal))
            .TakeLast(4);
        var text = string.Join("; ", lines).TrimEnd('.');
        return text.Length > 0 ? text : "it does not say why";
    }
}
