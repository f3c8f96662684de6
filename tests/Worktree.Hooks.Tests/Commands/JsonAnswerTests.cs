using System.Globalization;
using System.Text.Json;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Commands;

/// <summary>Every command that answers something answers it as JSON too.</summary>
public class JsonAnswerTests
{
    // What these print is another program's: its output, its log, and what a shell evaluates.
    private static readonly string[] OtherPrograms = ["exec", "logs", "completion"];

    private static readonly Dictionary<string, string[]> Arguments = new(StringComparer.Ordinal)
    {
        ["init"] = ["--yes"],
        ["open"] = ["feature", "--print"],
        ["remove"] = ["feature"],
    };

    [Fact]
    public void A_commands_answer_is_one_json_document_and_nothing_else()
    {
        using var repository = new TestRepository();
        repository.Write(
            "worktree.json",
            """
            {
              "ports": { "APP_PORT": { "main": 5001, "range": "5002-5100" } },
              "databases": [{ "type": "directory", "path": "data" }],
              "services": { "app": { "command": "echo hello; exec sleep 60", "ports": ["APP_PORT"], "ready": { "log": "hello" } } }
            }
            """
        );
        repository.Write(".gitignore", "data/\n");
        repository.Write("data/file", "x");
        repository.Git("add", ".");
        repository.Git("commit", "--quiet", "-m", "second");
        RunnerProgram.Run(repository, repository.AddWorktree("feature"), "allocate");
        var commands = Leaves(repository, "").ToList();
        Assert.Contains("db sync", commands);
        try
        {
            var wrong = commands
                .Except(OtherPrograms)
                // The worktree that the others are asked about goes last.
                .OrderBy(c => c is "remove")
                .Select(c => Complaint(repository, c))
                .OfType<string>();

            Assert.Empty(wrong);
        }
        finally
        {
            RunnerProgram.Run(repository, repository.Root, "stop", "--all");
        }
    }

    private static string? Complaint(TestRepository repository, string command)
    {
        var result = RunnerProgram.Run(
            repository,
            repository.Root,
            [.. command.Split(' '), .. Arguments.GetValueOrDefault(command, []), "--json"]
        );
        // What is refused has no answer, but a code.
        if (
            result is { ExitCode: 1, Output: "" }
            && result.ErrorOutput.Contains(" WTH", StringComparison.Ordinal)
        )
        {
            return null;
        }
        try
        {
            using var answer = JsonDocument.Parse(result.Output);
            return null;
        }
        catch (JsonException)
        {
            return $"{command}: '{result.Output}' {result.ErrorOutput}";
        }
    }

    // The program names its commands to shells that complete them.
    private static IEnumerable<string> Leaves(TestRepository repository, string command)
    {
        var line = $"dotnet-worktree {command}{(command.Length > 0 ? " " : "")}";
        var position = line.Length.ToString(CultureInfo.InvariantCulture);
        var words = RunnerProgram
            .Run(repository, repository.Root, $"[suggest:{position}]", line)
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(w => char.IsAsciiLetterLower(w[0]))
            .Select(w => $"{command} {w}".Trim())
            .ToList();
        return words.Count == 0 || command is "completion"
            ? [command]
            : words.SelectMany(w => Leaves(repository, w));
    }
}
