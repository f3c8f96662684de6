using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Database;

/// <summary>What the three kinds of databases do differently.</summary>
internal abstract class DatabaseKind
{
    /// <summary>The kind of a configured database.</summary>
    public static DatabaseKind Of(DatabaseType type) =>
        type switch
        {
            DatabaseType.Postgres => new PostgresKind(),
            DatabaseType.Sqlite => new SqliteKind(),
            _ => new DirectoryKind(),
        };

    /// <summary>True where an older copy can be brought to main's state and cannot be started meanwhile.</summary>
    public virtual bool CanRefresh => false;

    /// <summary>True where there is a database, at the cost of a look or two; a folder with nothing in it is none.</summary>
    /// <exception cref="UnauthorizedAccessException">A folder on the way may not be entered.</exception>
    public abstract bool IsPresent(string path);

    /// <summary>Begins to look at main's database; the session is disposed when the copy is made, or given up.</summary>
    /// <param name="call">For whom; the main worktree's environment files say who may connect.</param>
    /// <param name="source">The database in main, links resolved.</param>
    /// <exception cref="WorktreeHooksException">WTH4002, WTH4006, WTH4007.</exception>
    public virtual SourceSession Open(DatabaseCall call, string source) =>
        new StoppedSource(this, source);

    /// <summary>Makes a whole copy a database of its own, before a server has seen it.</summary>
    /// <param name="place">Where main's database and the worktree's lie.</param>
    /// <param name="copy">The copy.</param>
    /// <param name="projectName">The worktree's project name.</param>
    /// <param name="narrator">Hears what its user must know.</param>
    public virtual void Detach(
        DatabasePlace place,
        string copy,
        string projectName,
        Narrator narrator
    ) { }

    /// <summary>Throws where main's database is no database of this kind or a server runs on it.</summary>
    /// <exception cref="WorktreeHooksException">WTH4002, WTH4006, WTH4007.</exception>
    public abstract void RequireCopyable(string source);

    /// <summary>Throws where somebody uses the worktree's own database.</summary>
    /// <exception cref="WorktreeHooksException">WTH4003.</exception>
    public abstract void RequireIdle(string target);

    /// <summary>Looks at main's database and says what is to be copied; reads no content but pg_control's.</summary>
    /// <exception cref="SourceUnreadableException">Something may not be read.</exception>
    public abstract CopyPlan Plan(string source);

    /// <summary>Brings a tree to main's state, but for the plan's last file; its method says how.</summary>
    public abstract void Copy(CopyPlan plan, string source, CopyTree tree);

    /// <summary>What the copy consists of, where that is not what was planned.</summary>
    public virtual CopyPlan Made(CopyPlan plan, string target) => plan;

    /// <summary>Throws where main's database changed while it was copied.</summary>
    public virtual void RequireSameSource(CopyPlan plan, string source) { }

    /// <summary>Makes the worktree's own database complete in itself before it is moved away.</summary>
    public virtual void Settle(string target) { }

    /// <summary>Tells one state of a database from another, as <see cref="IsUnchanged"/> needs it.</summary>
    public abstract string FingerprintOf(string path);

    /// <summary>True where nobody wrote to the database since its fingerprint was taken.</summary>
    public virtual bool IsUnchanged(string path, string fingerprint) =>
        FingerprintOf(path) == fingerprint;

    /// <summary>True where a look tells that no server could use it.</summary>
    public virtual bool IsDamaged(string path) => false;

    /// <summary>The paths whose size is the size of a database; nothing that is left out of copies.</summary>
    public virtual CopyPlan Measure(string path) => Plan(path);
}
