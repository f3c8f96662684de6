using System.Reflection;
using System.Text.RegularExpressions;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.House;

/// <summary>The catalogue in the code and docs/errors.md are equal.</summary>
public partial class ErrorPageTests
{
    private static readonly List<ErrorDefinition> Catalogue =
    [
        .. typeof(ErrorCatalogue)
            .GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(f => f.FieldType == typeof(ErrorDefinition))
            .Select(f => (ErrorDefinition)f.GetValue(null)!),
    ];

    private static readonly string[] Page = File.ReadAllLines(SourceTree.At("docs", "errors.md"));

    [Fact]
    public void Every_code_is_unique_and_well_formed()
    {
        Assert.All(Catalogue, e => Assert.Matches(Code(), e.Code));
        Assert.Equal(
            Catalogue.Count,
            Catalogue.Select(e => e.Code).Distinct(StringComparer.Ordinal).Count()
        );
        Assert.Equal(
            Catalogue.Count,
            Catalogue.Select(e => e.Name).Distinct(StringComparer.Ordinal).Count()
        );
        Assert.All(Catalogue, e => Assert.EndsWith(".", e.Summary, StringComparison.Ordinal));
    }

    [Fact]
    public void An_entry_has_the_name_of_its_field() =>
        Assert.All(
            typeof(ErrorCatalogue)
                .GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
                .Where(f => f.FieldType == typeof(ErrorDefinition)),
            f => Assert.Equal(f.Name, ((ErrorDefinition)f.GetValue(null)!).Name)
        );

    [Fact]
    public void Every_entry_has_exactly_one_section_of_its_title_in_order_and_no_section_is_left_over()
    {
        var titles = Page.Where(line => line.StartsWith("## ", StringComparison.Ordinal))
            .Select(line => line["## ".Length..]);

        Assert.Equal(
            Catalogue
                .OrderBy(e => e.Code, StringComparer.Ordinal)
                .Select(e => $"{e.Code} {e.Name}"),
            titles,
            StringComparer.Ordinal
        );
    }

    [Fact]
    public void Every_section_says_what_the_catalogue_says_shows_a_message_and_tells_what_to_do()
    {
        var text = string.Join('\n', Page);
        foreach (var section in text.Split("\n## ")[1..])
        {
            var code = section[.."WTH0000".Length];
            var entry = Catalogue.Single(e => e.Code == code);
            Assert.Contains(entry.Summary, section, StringComparison.Ordinal);
            Assert.Contains($"{code} {entry.Name}: ", section, StringComparison.Ordinal);
            Assert.Contains("**What to do.**", section, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex("^WTH[123459][0-9]{3}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Code();
}
