using System.Text.RegularExpressions;
using System.Xml.Linq;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.House;

/// <summary>docs/terminal.svg shows what git and the commands print today.</summary>
public partial class PictureTests
{
    [Fact]
    public void It_shows_the_ports_as_the_hook_says_them()
    {
        var shown = XDocument
            .Load(SourceTree.At("docs", "terminal.svg"))
            .Descendants()
            .Where(e => e.Name.LocalName == "text")
            .Select(e => Port().Replace(e.Value, "0"))
            .ToHashSet(StringComparer.Ordinal);
        using var repository = new TestRepository();
        repository.Write(
            "worktree.json",
            """{ "ports": { "APP_PORT": {}, "POSTGRES_PORT": {} }, "databases": [] }"""
        );
        repository.Git("add", ".");
        repository.Git("commit", "--quiet", "-m", "second");
        Assert.Equal(
            0,
            RunnerProgram.Run(repository, repository.Root, "hooks", "install").ExitCode
        );

        var result = Shell.Run(repository, repository.Root, "git worktree add ../feature-x");

        var said = result.ErrorOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, said.Length);
        Assert.All(said, line => Assert.Contains(Port().Replace(line, "0"), shown));
    }

    [GeneratedRegex("[0-9]{4,5}", RegexOptions.None, 1000)]
    private static partial Regex Port();
}
