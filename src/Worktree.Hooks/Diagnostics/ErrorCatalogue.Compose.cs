namespace Worktree.Hooks.Diagnostics;

internal static partial class ErrorCatalogue
{
    public static readonly ErrorDefinition ComposeFileNotFound = new(
        "WTH5030",
        "ComposeFileNotFound",
        "A compose file that is named is not there."
    );

    public static readonly ErrorDefinition ComposeUnavailable = new(
        "WTH5031",
        "ComposeUnavailable",
        "Docker Compose 2 is not installed, and the stack is a compose file."
    );

    public static readonly ErrorDefinition ComposeTooOld = new(
        "WTH5032",
        "ComposeTooOld",
        "This Docker Compose cannot override what would collide in a second worktree."
    );

    public static readonly ErrorDefinition ComposeFileRefused = new(
        "WTH5033",
        "ComposeFileRefused",
        "Docker Compose does not accept the compose file."
    );

    public static readonly ErrorDefinition ComposeNotSeparable = new(
        "WTH5034",
        "ComposeNotSeparable",
        "Something in the compose file cannot be set apart for a second worktree."
    );

    public static readonly ErrorDefinition ComposeStartFailed = new(
        "WTH5035",
        "ComposeStartFailed",
        "Docker Compose could not start the stack."
    );

    public static readonly ErrorDefinition DataDirectoryMounted = new(
        "WTH5036",
        "DataDirectoryMounted",
        "A container of another project has the worktree's database directory mounted."
    );

    public static readonly ErrorDefinition RemoteBindMount = new(
        "WTH5037",
        "RemoteBindMount",
        "A service mounts a folder of this machine, or gets a file of it as a secret or config, and the engine is on another one."
    );

    public static readonly ErrorDefinition ComposeProjectTaken = new(
        "WTH5038",
        "ComposeProjectTaken",
        "Another folder's compose project has the name of the worktree's."
    );
}
