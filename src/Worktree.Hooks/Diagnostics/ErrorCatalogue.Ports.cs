namespace Worktree.Hooks.Diagnostics;

internal static partial class ErrorCatalogue
{
    public static readonly ErrorDefinition PortAllocationError = new(
        "WTH2001",
        "PortAllocationError",
        "Every port of a range is taken."
    );

    public static readonly ErrorDefinition LeaseFileCorrupt = new(
        "WTH2002",
        "LeaseFileCorrupt",
        "The lease file could not be read; it was set aside and rebuilt from the worktrees' .env.local files."
    );

    public static readonly ErrorDefinition LeaseFileNewer = new(
        "WTH2003",
        "LeaseFileNewer",
        "The lease file was written by a newer version of Worktree.Hooks."
    );

    public static readonly ErrorDefinition StateFolderUnwritable = new(
        "WTH2004",
        "StateFolderUnwritable",
        "The per-user state folder cannot be written; leases are kept in the repository instead."
    );

    public static readonly ErrorDefinition BrowserRefusedPort = new(
        "WTH2005",
        "BrowserRefusedPort",
        "The last free port of the range is one that browsers refuse to open."
    );

    public static readonly ErrorDefinition MainPortHeld = new(
        "WTH2006",
        "MainPortHeld",
        "A standard port of the main worktree is held by another program."
    );

    public static readonly ErrorDefinition PortReplaced = new(
        "WTH2007",
        "PortReplaced",
        "A leased port was in the hands of another program and has been replaced."
    );

    public static readonly ErrorDefinition PortDenied = new(
        "WTH2008",
        "PortDenied",
        "This user may not listen on the port."
    );

    public static readonly ErrorDefinition LeasesUnavailable = new(
        "WTH2009",
        "LeasesUnavailable",
        "Neither the state folder nor the repository can hold the leases."
    );
}
