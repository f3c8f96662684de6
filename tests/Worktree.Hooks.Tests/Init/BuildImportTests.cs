using System.Text;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tests.Init;

/// <summary>The user's MSBuild files keep their lines, encoding and line ends, and get them all back.</summary>
public class BuildImportTests
{
    private const string File = "Directory.Build.targets";

    public static TheoryData<string, string, string> Files =>
        new()
        {
            { "plain", "utf-8", "<Project>\n  <Target Name=\"A\" />\n</Project>\n" },
            { "CR LF", "utf-8", "<Project>\r\n\t<Target Name=\"A\" />\r\n</Project>\r\n" },
            { "no final newline", "utf-8", "<Project>\n</Project>" },
            { "one line", "utf-8", "<Project></Project>" },
            { "closed at once", "utf-8", "<Project />\n" },
            { "empty with attributes", "utf-8", "<Project InitialTargets=\"A\"/>" },
            {
                "old namespace and declaration",
                "utf-8",
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Project ToolsVersion=\"15.0\" xmlns=\"http://schemas.microsoft.com/developer/msbuild/2003\">\n    <Target Name=\"A\" />\n</Project>\n"
            },
            { "comment at the end", "utf-8", "<Project>\n</Project>\n<!-- that is all -->\n" },
            { "content before the end", "utf-8", "<Project>\n  <Target Name=\"A\" /></Project>" },
            { "UTF-16", "utf-16", "<Project>\r\n  <Target Name=\"größe\" />\r\n</Project>\r\n" },
            { "UTF-16 big endian", "utf-16BE", "<Project>\n</Project>\n" },
            {
                "Latin-1",
                "iso-8859-1",
                "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<Project>\n  <!-- größe -->\n</Project>\n"
            },
        };

    [Theory]
    [MemberData(nameof(Files))]
    public void The_lines_come_in_and_go_without_a_trace(
        string kind,
        string encoding,
        string content
    )
    {
        Assert.NotEmpty(kind);
        using var repository = new InitRepository().WithWebSolution();
        var chosen = Encoding.GetEncoding(encoding);
        repository.WriteBytes(File, content, chosen);
        System.IO.File.SetUnixFileMode(
            Path.Combine(repository.Root, File),
            (UnixFileMode)0b110_100_000
        );
        var before = repository.Everything();

        repository.Apply();

        var bytes = System.IO.File.ReadAllBytes(Path.Combine(repository.Root, File));
        Assert.True(BuildImport.IsIn(File, bytes));
        var text = chosen.GetString(bytes);
        Assert.Equal(
            content.Contains("\r\n", StringComparison.Ordinal),
            text.Contains("\r\n", StringComparison.Ordinal)
        );
        Assert.DoesNotMatch("(?<!\r)\n[^\n]*\r\n|\r\n[^\n]*(?<!\r)\n", text);
        Assert.Empty(repository.Plan().Changes);
        repository.Undo();
        Assert.Equal(before, repository.Everything());
    }

    [Theory]
    [InlineData(
        "<Project><Import Project=\"Sdk.targets\" Sdk=\"worktree.hooks\" Version=\"0.0.1\" /></Project>"
    )]
    [InlineData(
        "<Project><Import Project=\"Sdk.targets\" Sdk=\"Worktree.Hooks/1.0.0\" /></Project>"
    )]
    [InlineData("<Project><Sdk Name=\"Worktree.Hooks\" /></Project>")]
    [InlineData("<Project><Import Project=\"build/Worktree.Hooks.targets\" /></Project>")]
    [InlineData(
        "<Project><ItemGroup><PackageReference Include=\"Worktree.Hooks\" /></ItemGroup></Project>"
    )]
    public void What_takes_us_in_already_stays(string content)
    {
        using var repository = new InitRepository().WithWebSolution();
        repository.Repository.Write(File, content);

        Assert.DoesNotContain(repository.Plan().Changes, c => c.Path == File);
    }

    [Theory]
    [InlineData("<Project>")]
    [InlineData("")]
    [InlineData("<Projects></Projects>")]
    [InlineData("<!DOCTYPE x [<!ENTITY y \"z\">]><Project></Project>")]
    [InlineData("<Project></Project><!-- </Project> -->")]
    public void A_file_that_cannot_take_the_lines_is_refused_and_nothing_is_written(string content)
    {
        using var repository = new InitRepository().WithWebSolution();
        repository.Repository.Write(File, content);
        var before = repository.Everything();

        var refused = Assert.Throws<WorktreeHooksException>(repository.Apply);

        Assert.Equal(ErrorCatalogue.BuildFileMalformed, refused.Diagnostic.Definition);
        Assert.Equal(before, repository.Everything());
    }

    [Fact]
    public void A_file_further_down_that_hides_the_roots_gets_the_lines_too()
    {
        using var repository = new InitRepository().WithWebSolution();
        repository.Repository.Write("src/" + File, "<Project>\n</Project>\n");
        repository.Repository.Write(
            "tests/" + File,
            "<Project>\n  <Import Project=\"$([MSBuild]::GetPathOfFileAbove('Directory.Build.targets', '$(MSBuildThisFileDirectory)../'))\" />\n</Project>\n"
        );

        var changed = repository.Apply().Changes.Select(c => c.Path).ToList();

        Assert.Contains(File, changed);
        Assert.Contains("src/" + File, changed);
        Assert.DoesNotContain("tests/" + File, changed);
    }

    [Fact]
    public void A_link_is_refused_and_what_it_names_is_not_written()
    {
        using var repository = new InitRepository().WithWebSolution();
        var shared = repository.Repository.Beside("shared.targets");
        System.IO.File.WriteAllText(shared, "<Project>\n</Project>\n");
        System.IO.File.CreateSymbolicLink(Path.Combine(repository.Root, File), shared);

        var refused = Assert.Throws<WorktreeHooksException>(repository.Apply);

        Assert.Equal(ErrorCatalogue.BuildFileIsALink, refused.Diagnostic.Definition);
        Assert.Equal("<Project>\n</Project>\n", System.IO.File.ReadAllText(shared));
    }
}
