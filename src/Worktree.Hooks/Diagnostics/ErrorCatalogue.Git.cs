namespace Worktree.Hooks.Diagnostics;

internal static partial class ErrorCatalogue
{
    public static readonly ErrorDefinition NotARepository = new(
        "WTH1001",
        "NotARepository",
        "No git repository with a work tree encloses the folder."
    );

    public static readonly ErrorDefinition GitNotFound = new(
        "WTH1002",
        "GitNotFound",
        "The git executable cannot be started, and the operation needs it."
    );

    public static readonly ErrorDefinition MainWorktreeUnknown = new(
        "WTH1003",
        "MainWorktreeUnknown",
        "The main worktree that worktree.json names does not exist, or none can be told from git's metadata."
    );

    public static readonly ErrorDefinition GitMetadataDamaged = new(
        "WTH1004",
        "GitMetadataDamaged",
        "A .git, commondir or gitdir file points to something that is not there."
    );

    public static readonly ErrorDefinition HookNotInstalled = new(
        "WTH1005",
        "HookNotInstalled",
        "The post-checkout hook could not be installed or removed."
    );

    public static readonly ErrorDefinition HookBroken = new(
        "WTH1006",
        "HookBroken",
        "The installed hook has no executable, or no dotnet to run it with; a build repairs it."
    );

    public static readonly ErrorDefinition BuildFileMalformed = new(
        "WTH1020",
        "BuildFileMalformed",
        "A Directory.Build.targets or Directory.Solution.targets cannot take the import line."
    );

    public static readonly ErrorDefinition BuildFileIsALink = new(
        "WTH1021",
        "BuildFileIsALink",
        "A file that init would write is a symbolic link."
    );

    public static readonly ErrorDefinition InitFileUnwritable = new(
        "WTH1022",
        "InitFileUnwritable",
        "A file that init writes cannot be read or written, or changed meanwhile."
    );

    public static readonly ErrorDefinition NothingToUndo = new(
        "WTH1023",
        "NothingToUndo",
        "There is no record of an init in this worktree."
    );

    public static readonly ErrorDefinition InitFileChanged = new(
        "WTH1024",
        "InitFileChanged",
        "A file that init wrote was changed since, so undoing leaves it."
    );

    public static readonly ErrorDefinition InitNotConfirmed = new(
        "WTH1025",
        "InitNotConfirmed",
        "init changes files only after a yes, and nobody could be asked."
    );
}
