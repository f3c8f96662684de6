namespace Worktree.Hooks.Diagnostics;

/// <summary>One kind of trouble: its code is never reused, and <c>docs/errors.md</c> has a page of the same title.</summary>
/// <param name="Code"><c>WTH</c> and four digits: 1 git, 2 ports and leases, 3 env file and configuration, 4 database, 5 stack, 9 a bug.</param>
/// <param name="Name">The name people search for, in PascalCase.</param>
/// <param name="Summary">What it means, in one sentence.</param>
internal sealed record ErrorDefinition(string Code, string Name, string Summary);

/// <summary>A thing that went wrong, in the form: the thing in quotes, the evidence, the remedy.</summary>
internal sealed record Diagnostic(ErrorDefinition Definition, string Message)
{
    /// <summary>The file that is at fault, for MSBuild's canonical form; null where none is.</summary>
    public string? File { get; init; }

    /// <summary>The line in <see cref="File"/>, from 1; 0 where unknown.</summary>
    public int Line { get; init; }

    /// <summary>The column in <see cref="Line"/>, from 1; 0 where unknown.</summary>
    public int Column { get; init; }

    /// <summary><c>WTH2001 PortAllocationError: message</c>.</summary>
    public override string ToString() =>
        File is null ? $"{Definition.Code} {Definition.Name}: {Message}"
        : Line > 0 ? $"{File}({Line},{Column}): {Definition.Code} {Definition.Name}: {Message}"
        : $"{File}: {Definition.Code} {Definition.Name}: {Message}";
}

/// <summary>Trouble that stops the operation; its message is for the user and no stack trace is shown.</summary>
internal class WorktreeHooksException : Exception
{
    /// <summary>Trouble with one of the catalogue's codes.</summary>
    /// <param name="definition">An entry of <see cref="ErrorCatalogue"/>.</param>
    /// <param name="message">The thing in quotes, the evidence, the remedy.</param>
    /// <param name="inner">What the system said, if it said anything.</param>
    public WorktreeHooksException(
        ErrorDefinition definition,
        string message,
        Exception? inner = null
    )
        : this(new Diagnostic(definition, message), inner) { }

    /// <summary>Trouble whose place in a file is known.</summary>
    public WorktreeHooksException(Diagnostic diagnostic, Exception? inner = null)
        : base(diagnostic.Message, inner) => Diagnostic = diagnostic;

    /// <summary>The code, message and place.</summary>
    public Diagnostic Diagnostic { get; }
}
