using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>
/// Gives a worktree its own copies of main's databases. A copy is always whole: whatever fails or dies, the worktree
/// has the database that it had, or the new one. Copies of one worktree take turns.
/// </summary>
internal static class DatabaseClone
{
    /// <summary>
    /// Copies the databases that the worktree does not have: <c>git worktree add</c> and builds. Where all are there it
    /// costs a look at each.
    /// </summary>
    /// <returns>One outcome for each database, in their order. Only progress and warnings are narrated.</returns>
    /// <exception cref="WorktreeHooksException">WTH4001–WTH4009 of the first that failed; the others were copied, or their trouble narrated.</exception>
    /// <exception cref="OperationCanceledException">The user cancelled; what was half copied is gone.</exception>
    public static IReadOnlyList<DatabaseOutcome> CopyMissing(
        DatabaseCall call,
        IReadOnlyList<DatabaseConfiguration> databases
    ) => Each(databases, call.Narrator, d => CloneJob.Run(call, d, refresh: false));

    /// <summary>
    /// Brings the databases to main's state. One that the worktree wrote to is kept as the previous generation; one
    /// that nobody wrote to, of a main that did not change, is left as it is.
    /// </summary>
    /// <returns>As <see cref="CopyMissing"/>.</returns>
    /// <exception cref="WorktreeHooksException">As <see cref="CopyMissing"/>; the worktree keeps what it had.</exception>
    /// <exception cref="OperationCanceledException">The user cancelled; the worktree keeps what it had.</exception>
    public static IReadOnlyList<DatabaseOutcome> Sync(
        DatabaseCall call,
        IReadOnlyList<DatabaseConfiguration> databases
    ) => Each(databases, call.Narrator, d => CloneJob.Run(call, d, refresh: true));

    /// <summary>Goes back to the previous generation of each database that has one; see <see cref="DatabaseRestore"/>.</summary>
    /// <exception cref="WorktreeHooksException">WTH4003: a server runs on one. WTH4010: none has a previous generation.</exception>
    public static IReadOnlyList<DatabaseOutcome> Restore(
        DatabaseCall call,
        IReadOnlyList<DatabaseConfiguration> databases
    )
    {
        var chosen = databases.Where(HasPrevious).ToList();
        return Each(
            chosen.Count > 0 ? chosen : databases,
            call.Narrator,
            d => DatabaseRestore.Run(call, d)
        );
        // What is in a volume, only a look into it tells.
        bool HasPrevious(DatabaseConfiguration database) =>
            (
                database.Volume is null
                    ? DatabaseDescription.Of(call.Identity, database)
                    : DatabaseDescription.InFull(call, database)
            ).Previous
                is not null;
    }

    /// <summary>What <c>status</c> shows; changes nothing, and what may not be looked into is left open.</summary>
    public static IReadOnlyList<DatabaseInfo> Describe(
        WorktreeIdentity identity,
        IReadOnlyList<DatabaseConfiguration> databases
    ) => [.. databases.Select(d => DatabaseDescription.Of(identity, d))];

    /// <summary>As <see cref="Describe"/>, with what each takes on the disk: <c>db info</c>.</summary>
    public static IReadOnlyList<DatabaseInfo> DescribeInFull(
        DatabaseCall call,
        IReadOnlyList<DatabaseConfiguration> databases
    ) => [.. databases.Select(d => DatabaseDescription.InFull(call, d))];

    private static List<DatabaseOutcome> Each(
        IReadOnlyList<DatabaseConfiguration> databases,
        Narrator narrator,
        Func<DatabaseConfiguration, DatabaseOutcome> copy
    )
    {
        var outcomes = new List<DatabaseOutcome>();
        WorktreeHooksException? first = null;
        foreach (var database in databases)
        {
            try
            {
                outcomes.Add(copy(database));
            }
            catch (WorktreeHooksException e)
            {
                // One database's trouble is no reason to go without the others.
                if (first is not null)
                {
                    narrator.Warn(e.Diagnostic);
                }
                first ??= e;
            }
        }
        return first is null ? outcomes : throw first;
    }
}
