namespace Worktree.Hooks.Diagnostics;

internal static partial class ErrorCatalogue
{
    public static readonly ErrorDefinition DatabaseUnreadable = new(
        "WTH4001",
        "DatabaseUnreadable",
        "A file of main's database may not be read by this user."
    );

    public static readonly ErrorDefinition DatabaseRunning = new(
        "WTH4002",
        "DatabaseRunning",
        "A server runs on main's database, so its files cannot be copied as they lie."
    );

    public static readonly ErrorDefinition TargetInUse = new(
        "WTH4003",
        "TargetInUse",
        "A server runs on the worktree's own database, so it cannot be replaced."
    );

    public static readonly ErrorDefinition DiskFull = new(
        "WTH4004",
        "DiskFull",
        "There is not enough space for the copy of the database."
    );

    public static readonly ErrorDefinition CopyFailed = new(
        "WTH4005",
        "CopyFailed",
        "The copy of the database failed; the worktree keeps the one it had."
    );
}
