using System.Text;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.House;

/// <summary>docs/configuration.md says what the schema says.</summary>
public class ConfigurationPageTests
{
    private static readonly string Schema = File.ReadAllText(
        SourceTree.At("build", "worktree.schema.json")
    );

    [Fact]
    public void The_page_is_made_from_the_schema()
    {
        var file = SourceTree.At("docs", "configuration.md");
        var made = ConfigurationPage.Of(Schema);
        if (HostEnvironment.Capture().Variable("WORKTREE_HOOKS_WRITE_DOCS") == "true")
        {
            File.WriteAllText(file, made);
        }

        Assert.Equal(made, File.ReadAllText(file));
    }

    [Fact]
    public void Every_key_has_a_meaning() =>
        Assert.DoesNotContain(
            ConfigurationPage.Of(Schema).Split('\n'),
            line => line.EndsWith("|  |", StringComparison.Ordinal)
        );

    [Fact]
    public void Every_example_is_one_that_the_reader_takes()
    {
        var examples = ConfigurationPage.ExamplesOf(Schema);

        Assert.NotEmpty(examples);
        Assert.All(
            examples,
            e => ConfigurationReader.Read("worktree.json", Encoding.UTF8.GetBytes(e.Json))
        );
    }
}
