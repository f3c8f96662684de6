namespace Worktree.Hooks.Diagnostics;

/// <summary>Turns an exception that nobody expected into a message that can be reported.</summary>
internal static class Bug
{
    /// <summary>WTH9001 with the kind of the exception, its message, and where it came from.</summary>
    public static Diagnostic From(Exception exception)
    {
        var place = exception.StackTrace?.Split('\n')[0].Trim();
        return new Diagnostic(
            ErrorCatalogue.UnexpectedError,
            $"'{exception.GetType().Name}': {exception.Message.ReplaceLineEndings(" ")} ({place ?? "place unknown"}). "
                + "This is a mistake in Worktree.Hooks: please report it with this line. Run the command again: it completes what is missing."
        );
    }
}
