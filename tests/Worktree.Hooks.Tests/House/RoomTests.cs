using System.Text.RegularExpressions;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.House;

/// <summary>The rooms of the library use only those before them, and the projects point one way.</summary>
public partial class RoomTests
{
    private static readonly string[] Rooms =
    [
        "Platform",
        "Diagnostics",
        "Git",
        "Configuration",
        "Ports",
        "Leases",
        "EnvFiles",
        "Database",
        "Stack",
        "Setup",
    ];

    // A project may use what stands before it; only the package takes the Runner, the Tasks and the Startup hook.
    private static readonly Dictionary<string, string[]> Projects = new(StringComparer.Ordinal)
    {
        ["Worktree.Hooks"] = [],
        ["Worktree.Hooks.Tasks"] = ["Worktree.Hooks"],
        ["Worktree.Hooks.Runner"] = ["Worktree.Hooks"],
        ["Worktree.Hooks.Startup"] = [],
        ["Worktree.Hooks.Package"] =
        [
            "Worktree.Hooks.Tasks",
            "Worktree.Hooks.Runner",
            "Worktree.Hooks.Startup",
        ],
        ["Webserver"] = [],
    };

    [Fact]
    public void Every_file_of_the_library_lies_in_a_room_and_has_its_namespace()
    {
        var strangers = LibraryFiles()
            .Where(file =>
                !Rooms.Contains(RoomOf(file), StringComparer.Ordinal)
                || !File.ReadAllText(file)
                    .Contains($"namespace Worktree.Hooks.{RoomOf(file)};", StringComparison.Ordinal)
            )
            .Select(SourceTree.Relative);

        Assert.Empty(strangers);
    }

    [Fact]
    public void No_file_uses_a_room_after_its_own()
    {
        var against =
            from file in LibraryFiles()
            let own = Array.IndexOf(Rooms, RoomOf(file))
            from used in RoomsUsedBy(File.ReadAllText(file))
            where Array.IndexOf(Rooms, used) > own
            select $"{SourceTree.Relative(file)} uses {used}";

        Assert.Empty(against.Distinct(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("using Worktree.Hooks.Setup;", "Setup")]
    [InlineData("using static Worktree.Hooks.Stack.Thing;", "Stack")]
    [InlineData("global using X = Worktree.Hooks.Leases.Lease;", "Leases")]
    [InlineData("var x = Worktree.Hooks.Git.Names.ForHost(y);", "Git")]
    [InlineData("var x = new Setup.WorktreeSetup();", "Setup")]
    [InlineData("Git.Checkout? checkout = null;", "Git")]
    [InlineData("if (identity.Setup.Done) { } // Stack.Thing is told in Setup.Thing", null)]
    [InlineData("x = \"Database.Thing\";", null)]
    public void A_use_of_a_room_is_seen_however_it_is_written(string code, string? room) =>
        Assert.Equal(room, RoomsUsedBy(code).FirstOrDefault());

    [Fact]
    public void Projects_point_one_way()
    {
        var wrong =
            from file in SourceTree.Files("src", "*.csproj")
            let own = Path.GetFileNameWithoutExtension(file)
            from Match match in ProjectReference().Matches(File.ReadAllText(file))
            let used = Path.GetFileNameWithoutExtension(
                match.Groups["path"].Value.Replace('\\', '/')
            )
            where
                !Projects.TryGetValue(own, out var allowed)
                || !allowed.Contains(used, StringComparer.Ordinal)
            select $"{own} uses {used}";

        Assert.Empty(wrong);
    }

    [Fact]
    public void No_source_file_is_longer_than_250_lines()
    {
        var lengths =
            from file in SourceTree.Files("src", "*.cs")
            let lines = File.ReadAllLines(file).Length
            where lines >= 250
            select $"{SourceTree.Relative(file)} has {lines}";

        Assert.Empty(lengths);
    }

    private static IEnumerable<string> LibraryFiles() =>
        SourceTree.Files(Path.Combine("src", "Worktree.Hooks"), "*.cs");

    private static string RoomOf(string file) =>
        SourceTree.Relative(file).Split('/') is ["src", "Worktree.Hooks", var room, ..] ? room : "";

    // Also Room.Type without a using: inside the namespace Worktree.Hooks.X the compiler finds that.
    private static IEnumerable<string> RoomsUsedBy(string code)
    {
        var plain = CommentOrText().Replace(code, "");
        return FullName()
            .Matches(plain)
            .Concat(PartialName().Matches(plain))
            .Select(match => match.Groups["room"].Value)
            .Where(name => Rooms.Contains(name, StringComparer.Ordinal));
    }

    [GeneratedRegex(
        """(?m)//.*$|(?s)/\*.*?\*/|"(\\.|[^"\\\r\n])*["\r\n]""",
        RegexOptions.ExplicitCapture,
        5000
    )]
    private static partial Regex CommentOrText();

    [GeneratedRegex(@"Worktree\.Hooks\.(?<room>\w+)", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex FullName();

    [GeneratedRegex(@"(?<![\w.])(?<room>[A-Z]\w+)\.[A-Z]", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex PartialName();

    [GeneratedRegex(
        "<ProjectReference[^>]*Include=\"(?<path>[^\"]+)\"",
        RegexOptions.ExplicitCapture,
        5000
    )]
    private static partial Regex ProjectReference();
}
