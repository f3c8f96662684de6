using System.Collections.Concurrent;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Tests.Support;

/// <summary>Remembers what was said, so that a test can ask for it.</summary>
internal sealed class RecordingNarrator : Narrator
{
    private readonly ConcurrentQueue<string> lines = new();
    private readonly ConcurrentQueue<Diagnostic> warnings = new();

    public IReadOnlyList<string> Lines => [.. lines];

    public IReadOnlyList<Diagnostic> Warnings => [.. warnings];

    public override void Say(string line) => lines.Enqueue(line);

    public override void Warn(Diagnostic diagnostic) => warnings.Enqueue(diagnostic);
}
