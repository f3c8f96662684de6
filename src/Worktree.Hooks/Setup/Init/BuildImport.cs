using System.Security;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>
/// The lines by which MSBuild takes us in, in a Directory.Build.targets or Directory.Solution.targets. The user's lines,
/// their encoding and line ends stay.
/// </summary>
internal static partial class BuildImport
{
    private const string Package = "Worktree.Hooks";

    private const string Comment =
        "<!-- Ports, database and stack of every git worktree. Written by 'dotnet worktree init', which can also undo it. -->";

    /// <summary>The lines alone, with line feeds and no indentation.</summary>
    /// <param name="version">The package's version; null where global.json has it.</param>
    /// <param name="webProjects">Those that 'dotnet run' is to give the worktree's ports.</param>
    public static IReadOnlyList<string> Lines(
        string? version,
        IReadOnlyList<LaunchSettings> webProjects
    )
    {
        var lines = new List<string> { Comment };
        if (webProjects.Count > 0)
        {
            lines.AddRange([
                "<PropertyGroup>",
                $"  {IfUnset("WorktreeRunEnvironment", "true")}",
                "</PropertyGroup>",
            ]);
        }
        foreach (var project in webProjects.Where(p => p.Prefix.Length > 0))
        {
            var name = SecurityElement.Escape(project.Project);
            lines.AddRange([
                $"<PropertyGroup Condition=\"'$(MSBuildProjectName)' == '{name}'\">",
                $"  {IfUnset("WorktreeHttpPort", project.HttpVariable)}",
                $"  {IfUnset("WorktreeHttpsPort", project.HttpsVariable)}",
                "</PropertyGroup>",
            ]);
        }
        var pinned = version is null ? "" : $" Version=\"{version}\"";
        lines.Add($"<Import Project=\"Sdk.targets\" Sdk=\"{Package}\"{pinned} />");
        return lines;
    }

    // A project, or the command line, may say otherwise.
    private static string IfUnset(string property, string value) =>
        $"<{property} Condition=\"'$({property})' == ''\">{value}</{property}>";

    /// <summary>A whole new file.</summary>
    public static byte[] Create(IReadOnlyList<string> lines) =>
        System.Text.Encoding.UTF8.GetBytes(
            $"<Project>\n{string.Concat(lines.Select(l => $"  {l}\n"))}</Project>\n"
        );

    /// <summary>True where the file takes us in already, in whatever way.</summary>
    /// <exception cref="WorktreeHooksException">WTH1020: it is no XML.</exception>
    public static bool IsIn(string file, byte[] content) =>
        Parse(file, VerbatimText.Of(content).Text).Descendants().Any(TakesUsIn);

    /// <summary>True where the file imports the one of its name above it, so that ours comes by that way.</summary>
    /// <exception cref="WorktreeHooksException">WTH1020: it is no XML.</exception>
    public static bool ImportsTheOneAbove(string file, byte[] content) =>
        Parse(file, VerbatimText.Of(content).Text)
            .Descendants()
            .Any(e =>
                e.Name.LocalName == "Import"
                && e.Attribute("Project")
                    ?.Value.Contains(Path.GetFileName(file), StringComparison.OrdinalIgnoreCase)
                    == true
            );

    /// <summary>The file with our lines before its end.</summary>
    /// <exception cref="WorktreeHooksException">WTH1020: it is no XML, or has no end that can be told.</exception>
    public static byte[] AddTo(string file, byte[] content, IReadOnlyList<string> lines)
    {
        var text = VerbatimText.Of(content);
        if (Parse(file, text.Text).Root is not { Name.LocalName: "Project" })
        {
            throw Refuse(file, "its root is no <Project>");
        }
        var changed = Insert(text.Text, lines);
        var added = changed is null ? null : Parse(file, changed).Root;
        return added?.Elements().Any(TakesUsIn) == true
            ? text.ToBytes(changed!)
            : throw Refuse(file, "its closing </Project> was not found");
    }

    private static string? Insert(string text, IReadOnlyList<string> lines)
    {
        var newline = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        if (EmptyProject().Match(text) is { Success: true } empty)
        {
            var body = string.Concat(lines.Select(l => $"  {l}{newline}"));
            return $"{text[..empty.Index]}<Project{empty.Groups["attributes"].Value}>{newline}{body}</Project>"
                + text[(empty.Index + empty.Length)..];
        }
        var end = text.LastIndexOf("</Project", StringComparison.Ordinal);
        if (end < 0)
        {
            return null;
        }
        var lineStart = text.LastIndexOf('\n', end) + 1;
        var indent = LastIndent(text[..end]);
        var added = string.Concat(lines.Select(l => $"{indent}{l}{newline}"));
        return text[lineStart..end].Trim(' ', '\t').Length == 0 && lineStart > 0
            ? text.Insert(lineStart, added)
            : text.Insert(end, newline + added);
    }

    // The indentation of the last line before the end that has one.
    private static string LastIndent(string text)
    {
        var lines = text.TrimEnd().Split('\n');
        var last = Array.FindLast(lines, l => l.StartsWith(' ') || l.StartsWith('\t'));
        var child = last?.TrimStart(' ', '\t').Length is { } rest ? last[..^rest] : "  ";
        return child.Length > 0 ? child : "  ";
    }

    private static bool TakesUsIn(XElement element) =>
        element.Name.LocalName switch
        {
            "Import" => IsUs(element.Attribute("Sdk")?.Value.Split('/')[0])
                || element
                    .Attribute("Project")
                    ?.Value.EndsWith($"{Package}.targets", StringComparison.OrdinalIgnoreCase)
                    == true,
            "Sdk" => IsUs(element.Attribute("Name")?.Value),
            "PackageReference" => IsUs(element.Attribute("Include")?.Value),
            _ => false,
        };

    private static bool IsUs(string? name) =>
        string.Equals(name, Package, StringComparison.OrdinalIgnoreCase);

    private static XDocument Parse(string file, string text)
    {
        try
        {
            var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit };
            using var reader = XmlReader.Create(
                new StringReader(text.TrimStart('\uFEFF', 'ï', '»', '¿')),
                settings
            );
            return XDocument.Load(reader);
        }
        catch (XmlException e)
        {
            throw Refuse(file, $"line {e.LineNumber}: {e.Message}");
        }
    }

    private static WorktreeHooksException Refuse(string file, string evidence) =>
        new(
            ErrorCatalogue.BuildFileMalformed,
            $"'{file}' cannot take the import line: {evidence} Mend it, or write the line by hand: "
                + $"<Import Project=\"Sdk.targets\" Sdk=\"{Package}\" Version=\"…\" />"
        );

    [GeneratedRegex(
        @"<Project(?<attributes>[^<>]*?)\s*/>(?=\s*$)",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex EmptyProject();
}
