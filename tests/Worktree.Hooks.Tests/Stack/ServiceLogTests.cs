using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Tests.Stack;

public sealed class ServiceLogTests
{
    private static readonly string[] Calls =
    [
        .. Enumerable.Range(1, 30).Select(i => $"   at C{i}"),
    ];

    [Fact]
    public void The_last_ten_lines_are_told() =>
        Assert.Equal(
            $" It said last:\n  {string.Join("\n  ", Calls[20..])}\n ",
            ServiceLog.Said(Calls)
        );

    [Fact]
    public void Of_a_program_that_died_of_an_exception_the_reason_is_told()
    {
        string[] lines =
        [
            "listening",
            "Unhandled exception. No database",
            " ---> refused",
            .. Calls,
        ];

        Assert.Equal(
            " It said last:\n  Unhandled exception. No database\n   ---> refused\n  "
                + $"{string.Join("\n  ", Calls[..8])}\n ",
            ServiceLog.Said(lines)
        );
    }

    [Fact]
    public void One_that_it_survived_is_not_the_reason()
    {
        string[] lines = ["Unhandled exception. No database", .. Calls, "no such option"];

        Assert.Contains("no such option", ServiceLog.Said(lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_one_that_wrote_nothing_that_is_told() =>
        Assert.Equal(" It wrote nothing.", ServiceLog.Said([]));
}
