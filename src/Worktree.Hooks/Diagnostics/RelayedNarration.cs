using System.Globalization;

namespace Worktree.Hooks.Diagnostics;

/// <summary>
/// Narrates for a process that waits for this one: each thing told is one line, which <see cref="Relay"/> takes apart
/// over there. Its fields are divided by U+001F and a line's end within them is U+001E, which no text of ours has.
/// </summary>
internal sealed class RelayingNarrator(Action<string> write) : LineNarrator
{
    internal const string SayKind = "say";
    internal const string WarningKind = "warning";
    internal const string FailureKind = "failure";
    internal const char Separator = '\u001f';
    internal const char LineEnd = '\u001e';

    public override void Say(string line) => Write(SayKind, line);

    public override void Warn(Diagnostic diagnostic) => Write(WarningKind, diagnostic);

    public override void Fail(Diagnostic diagnostic) => Write(FailureKind, diagnostic);

    private void Write(string kind, Diagnostic diagnostic) =>
        Write(
            kind,
            diagnostic.Definition.Code,
            diagnostic.Definition.Name,
            diagnostic.File ?? "",
            diagnostic.Line.ToString(CultureInfo.InvariantCulture),
            diagnostic.Column.ToString(CultureInfo.InvariantCulture),
            diagnostic.Message
        );

    private void Write(params string[] fields) =>
        write(string.Join(Separator, fields).ReplaceLineEndings(LineEnd.ToString()));
}

/// <summary>Hands on to a narrator here what a <see cref="RelayingNarrator"/> told in another process.</summary>
internal sealed class Relay(Narrator narrator)
{
    /// <summary>True once the other process has told anything.</summary>
    public bool HasHeard { get; private set; }

    /// <summary>What stopped the other process, once it has said so.</summary>
    public Diagnostic? Failure { get; private set; }

    /// <summary>Takes one line; one that is none of the other narrator's is said as it is.</summary>
    public void Hear(string line)
    {
        HasHeard = true;
        var fields = line.Replace(RelayingNarrator.LineEnd, '\n').Split(RelayingNarrator.Separator);
        switch (fields)
        {
            case [RelayingNarrator.SayKind, var text]:
                narrator.Say(text);
                break;
            case [RelayingNarrator.WarningKind, _, _, _, _, _, _]:
                narrator.Warn(DiagnosticOf(fields));
                break;
            case [RelayingNarrator.FailureKind, _, _, _, _, _, _]:
                Failure = DiagnosticOf(fields);
                break;
            default:
                narrator.Say(line);
                break;
        }
    }

    private static Diagnostic DiagnosticOf(string[] fields) =>
        new(new ErrorDefinition(fields[1], fields[2], Summary: ""), fields[6])
        {
            File = fields[3].Length == 0 ? null : fields[3],
            Line = int.Parse(fields[4], CultureInfo.InvariantCulture),
            Column = int.Parse(fields[5], CultureInfo.InvariantCulture),
        };
}
