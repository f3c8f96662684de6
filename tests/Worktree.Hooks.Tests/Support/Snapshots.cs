using System.Runtime.CompilerServices;
using Snapshooter;
using Snapshooter.Xunit;

namespace Worktree.Hooks.Tests.Support;

/// <summary>
/// The one place that knows the snapshot library. A text is compared with <c>__snapshots__/CLASS.TEST.snap</c> beside
/// the test's source file; a snapshot that is missing fails the test, and what was seen lies in
/// <c>__snapshots__/__mismatch__</c> to be looked at and moved.
/// </summary>
internal static class Snapshots
{
    /// <summary>Compares a text with its snapshot.</summary>
    /// <param name="text">What the test saw; paths of the machine must have been taken out.</param>
    /// <param name="sourceFile">The compiler fills it in.</param>
    /// <param name="test">The compiler fills it in.</param>
    public static void Match(
        string text,
        [CallerFilePath] string sourceFile = "",
        [CallerMemberName] string test = ""
    )
    {
        var name = $"{Path.GetFileNameWithoutExtension(sourceFile)}.{test}.snap";
        Snapshot.Match(text, new SnapshotFullName(name, Path.GetDirectoryName(sourceFile)!));
    }
}
