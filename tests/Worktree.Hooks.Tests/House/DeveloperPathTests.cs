using System.Text.RegularExpressions;
using Worktree.Hooks.EnvFiles;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.House;

/// <summary>Nothing in the tree names a folder of the machine that it was written on.</summary>
public partial class DeveloperPathTests
{
    private static readonly string[] NoText =
    [
        ".png",
        ".ico",
        ".db",
        ".dll",
        ".pfx",
        ".gz",
        ".zip",
    ];

    [Fact]
    public void No_file_names_a_home_folder_or_the_folder_of_this_checkout()
    {
        // A checkout directly below the root of the file system (/src) has a name that says nothing.
        var ownFolder = new Regex(
            SourceTree.Root.Count(c => c == Path.DirectorySeparatorChar) < 2
                ? "(?!)"
                : @"(?<![\w.-])" + Regex.Escape(SourceTree.Root) + @"(?![\w.-])",
            RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(5)
        );
        var named =
            from file in SourceTree.Files("", "*")
            where !NoText.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)
            where Path.GetFileName(file) != EnvFile.FileName // each machine's own, and never committed
            let text = File.ReadAllText(file)
            where ownFolder.IsMatch(text) || HomeFolder().IsMatch(text)
            select SourceTree.Relative(file);

        Assert.Empty(named);
    }

    // "/home/me" and "/Users/me" may stand in examples.
    [GeneratedRegex(
        @"/(home|Users)/(?!(me|you)\b)\w+|[A-Za-z]:\\Users\\(?!(me|you)\b)\w+|(?<!\w)/root/\w+",
        RegexOptions.ExplicitCapture,
        5000
    )]
    private static partial Regex HomeFolder();
}
