namespace Worktree.Hooks.Setup;

/// <summary>How the hook is installed in a repository.</summary>
/// <param name="Way">How git comes to call it.</param>
/// <param name="Where">The config or hook file that says so; null where it is not installed.</param>
/// <param name="Executable">What it runs; null where that is missing.</param>
/// <param name="IsCurrent">True where an installation now would change nothing.</param>
/// <param name="OtherHook">The effective hook file where it holds something else too; null where it does not.</param>
internal sealed record HookStatus(
    HookWay Way,
    string? Where,
    HookExecutable? Executable,
    bool IsCurrent,
    string? OtherHook
)
{
    /// <summary>The lines that a person reads.</summary>
    public IEnumerable<string> ToLines()
    {
        yield return Way switch
        {
            HookWay.Configuration => $"installed in the configuration '{Where}'",
            HookWay.HookFile => $"installed in the hook file '{Where}'",
            _ =>
                "not installed: builds and StartStack do its work ('dotnet worktree hooks install')",
        };
        if (Way != HookWay.None)
        {
            var kind = Executable?.Kind == HookExecutableKind.Native ? "native" : "portable";
            yield return Executable is null
                ? "  executable  missing: 'dotnet worktree hooks install' repairs it"
                : $"  executable  {kind} {Executable.Version}{(IsCurrent ? "" : ", not current: 'dotnet worktree hooks install' updates it")}";
        }
        if (OtherHook is not null)
        {
            yield return $"  other hook  '{OtherHook}' has lines of its own; they run too";
        }
    }
}
