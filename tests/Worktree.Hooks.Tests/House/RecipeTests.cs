using System.Text.RegularExpressions;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.House;

/// <summary>docs/recipes.md and docs/other-languages.md, run as they stand there.</summary>
public partial class RecipeTests
{
    // What a block of each language is saved as.
    private static readonly Dictionary<string, string> FileNames = new(StringComparer.Ordinal)
    {
        ["jsonc"] = "worktree.json",
        ["js"] = "server.js",
        ["python"] = "server.py",
        ["go"] = "main.go",
    };

    public static TheoryData<string, string> Recipes
    {
        get
        {
            var recipes = new TheoryData<string, string>();
            foreach (var page in new[] { "recipes.md", "other-languages.md" })
            {
                foreach (var block in MarkdownPage.Of(page).Blocks.Where(IsConsole))
                {
                    recipes.Add(page, block.Section);
                }
            }
            return recipes;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Recipes))]
    public void It_prints_what_the_page_shows(string page, string recipe)
    {
        var blocks = MarkdownPage.Of(page).Blocks.Where(b => b.Section == recipe).ToList();
        using var repository = new TestRepository();
        foreach (var program in new[] { "curl", "python3", "make", "node", "go" })
        {
            Skip.If(
                blocks.Exists(b => b.Code.Contains($"{program} ", StringComparison.Ordinal))
                    && Shell.Run(repository, repository.Root, $"command -v {program}").ExitCode
                        != 0,
                $"{program} is not installed"
            );
        }
        foreach (var block in blocks.Where(b => FileNames.ContainsKey(b.Language)))
        {
            repository.Write(FileNames[block.Language], block.Code);
        }
        repository.Git("add", ".");
        repository.Git("commit", "--quiet", "--allow-empty", "-m", "as the page shows it");
        Assert.Equal(
            0,
            RunnerProgram.Run(repository, repository.Root, "hooks", "install").ExitCode
        );
        var console = blocks.Single(IsConsole).Code.Split('\n');
        var commands = console
            .Where(l => l.StartsWith("$ ", StringComparison.Ordinal))
            .Select(l => l[2..]);

        ProcessResult result;
        try
        {
            result = Shell.Run(repository, repository.Root, string.Join('\n', commands));
        }
        finally
        {
            RunnerProgram.Run(repository, repository.Root, "stop", "--all");
        }

        Assert.True(result.ExitCode == 0, result.Output + result.ErrorOutput);
        var printed = (result.Output + result.ErrorOutput).Split('\n').Select(Alike).ToHashSet();
        Assert.All(
            console.Where(l => !l.StartsWith("$ ", StringComparison.Ordinal)),
            line =>
                Assert.True(
                    printed.Contains(Alike(line)),
                    $"'{line}' is not in: {result.Output}{result.ErrorOutput}"
                )
        );
    }

    private static bool IsConsole(CodeBlock block) => block.Language == "console";

    // On a machine where another program has the port, it is another one.
    private static string Alike(string line) => Port().Replace(line.TrimEnd(), "0");

    [GeneratedRegex("[0-9]{4,5}", RegexOptions.None, 1000)]
    private static partial Regex Port();
}
