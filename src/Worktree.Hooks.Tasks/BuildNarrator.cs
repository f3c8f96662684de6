using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Setup;

namespace Worktree.Hooks.Tasks;

/// <summary>Tells a build what happens: messages, and warnings and errors with code, file and line.</summary>
internal sealed class BuildNarrator(TaskLoggingHelper log) : LineNarrator
{
    public override void Say(string line) => Answer($"worktree-hooks: {line}");

    /// <summary>A line that the user asked for.</summary>
    // "{0}": a line of ours may have braces.
    public void Answer(string line) => log.LogMessage(MessageImportance.High, "{0}", line);

    /// <summary>A table that the user asked for.</summary>
    public void Answer(ReportTable table)
    {
        foreach (var line in table.ToLines())
        {
            Answer(line);
        }
    }

    public override void Warn(Diagnostic diagnostic) =>
        log.LogWarning(
            subcategory: null,
            diagnostic.Definition.Code,
            helpKeyword: null,
            diagnostic.File,
            diagnostic.Line,
            diagnostic.Column,
            endLineNumber: 0,
            endColumnNumber: 0,
            "{0}",
            Text(diagnostic)
        );

    public override void Fail(Diagnostic diagnostic) =>
        log.LogError(
            subcategory: null,
            diagnostic.Definition.Code,
            helpKeyword: null,
            diagnostic.File,
            diagnostic.Line,
            diagnostic.Column,
            endLineNumber: 0,
            endColumnNumber: 0,
            "{0}",
            Text(diagnostic)
        );

    // The code stands before the message already. One line: MSBuild would print each line as an error of its own.
    private static string Text(Diagnostic diagnostic) =>
        $"{diagnostic.Definition.Name}: {diagnostic.Message.ReplaceLineEndings(" ")}";
}
