using System.Globalization;
using System.Text.Json;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Commands;

/// <summary>Every command that answers something answers it as JSON too.</summary>
public class JsonAnswerTests
{
    // What these print is another program's: its output, and what a shell evaluates.
    private static readonly string[] OtherPrograms = ["exec", "completion"];

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

    [Fact]
    public void Logs_are_a_document_for_each_line()
    {
        using var repository = new TestRepository();
        repository.Write(
            "worktree.json",
            """{ "databases": [], "services": { "one": { "command": "echo 'a \"b\"'; echo c", "ready": { "exit": 0 } } } }"""
        );
        RunnerProgram.Run(repository, repository.Root, "start");

        var logs = RunnerProgram.Run(repository, repository.Root, "logs", "--json");

        Assert.Equal(
            ["""{"service":"one","line":"a \u0022b\u0022"}""", """{"service":"one","line":"c"}"""],
            logs.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        );
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
            foreach (
                var document in command == "logs"
                    ? result.Output.Split('\n')[..^1]
                    : [result.Output]
            )
            {
                using var answer = JsonDocument.Parse(document);
            }
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
