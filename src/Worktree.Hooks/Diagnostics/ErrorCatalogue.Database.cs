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

    public static readonly ErrorDefinition DatabaseCorrupt = new(
        "WTH4006",
        "DatabaseCorrupt",
        "Main's SQLite file is damaged, encrypted, or no SQLite file."
    );

    public static readonly ErrorDefinition NotADatabase = new(
        "WTH4007",
        "NotADatabase",
        "What lies at the database's path in main is not what worktree.json says."
    );

    public static readonly ErrorDefinition LinkLeftOut = new(
        "WTH4008",
        "LinkLeftOut",
        "A symbolic link in main's database leads out of it and was left out of the copy."
    );

    public static readonly ErrorDefinition TargetIsALink = new(
        "WTH4009",
        "TargetIsALink",
        "The database's path in the worktree leads through a symbolic link."
    );

    public static readonly ErrorDefinition NothingToRestore = new(
        "WTH4010",
        "NothingToRestore",
        "There is no previous generation of the database to go back to."
    );

    public static readonly ErrorDefinition NameNotText = new(
        "WTH4020",
        "NameNotText",
        "A file in main's database has a name that is not UTF-8 text."
    );
}
