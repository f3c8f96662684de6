using System.Text;
using System.Text.Json;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.House;

/// <summary>What README and docs show is so.</summary>
public class DocumentationTests
{
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    [Fact]
    public void Every_link_leads_to_a_file()
    {
        var broken =
            from page in MarkdownPage.All
            from link in page.Links
            where !Path.Exists(Path.Combine(Path.GetDirectoryName(page.File)!, link))
            select $"{SourceTree.Relative(page.File)}: {link}";

        Assert.Empty(broken);
    }

    [Fact]
    public void Every_worktree_json_is_one_that_the_reader_takes()
    {
        var shown = MarkdownPage
            .All.SelectMany(p => p.Blocks)
            .Where(b => b.Language is "json" or "jsonc")
            .Select(b => b.Code.TrimStart().StartsWith('{') ? b.Code : $"{{ {b.Code} }}")
            .Where(IsWorktreeJson)
            .ToList();

        Assert.NotEmpty(shown);
        Assert.All(
            shown,
            json => ConfigurationReader.Read("worktree.json", Encoding.UTF8.GetBytes(json))
        );
    }

    [Fact]
    public void What_the_page_for_agents_lets_them_run_sets_up_a_worktree()
    {
        var page = MarkdownPage.Of("agents.md");
        using var repository = new TestRepository();
        var number = 0;
        foreach (var command in page.Blocks.SelectMany(CommandsOf).Distinct())
        {
            var root = repository.AddWorktree($"agent-{++number}");

            var result = Shell.Run(repository, root, command);

            Assert.True(result.ExitCode == 0, $"{command}: {result.ErrorOutput}");
            Assert.True(File.Exists(Path.Combine(root, ".env.local")), command);
            if (command.EndsWith("--json", StringComparison.Ordinal))
            {
                using var answer = JsonDocument.Parse(result.Output);
                Assert.Equal($"agent-{number}", answer.RootElement.GetProperty("name").GetString());
            }
        }
        Assert.Equal(2, number);
    }

    // A line by itself, or a text in a JSON file that is a command.
    private static IEnumerable<string> CommandsOf(CodeBlock block) =>
        block.Language == "json"
            ? Texts(JsonDocument.Parse(block.Code).RootElement)
                .Where(t => t.StartsWith("dotnet worktree ", StringComparison.Ordinal))
            : block.Code.Split('\n');

    private static IEnumerable<string> Texts(JsonElement node) =>
        node.ValueKind switch
        {
            JsonValueKind.Object => node.EnumerateObject().SelectMany(p => Texts(p.Value)),
            JsonValueKind.Array => node.EnumerateArray().SelectMany(Texts),
            JsonValueKind.String => [node.GetString()!],
            _ => [],
        };

    private static bool IsWorktreeJson(string json)
    {
        using var document = JsonDocument.Parse(json, Lenient);
        return document.RootElement.ValueKind == JsonValueKind.Object
            && document
                .RootElement.EnumerateObject()
                .Any(p => ConfigurationReader.KnownKeys.Contains(p.Name));
    }
}
