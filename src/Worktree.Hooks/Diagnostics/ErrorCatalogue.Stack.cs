namespace Worktree.Hooks.Diagnostics;

internal static partial class ErrorCatalogue
{
    public static readonly ErrorDefinition NoStack = new(
        "WTH5001",
        "NoStack",
        "The repository names no services, so there is nothing to start."
    );

    public static readonly ErrorDefinition ServiceFailed = new(
        "WTH5002",
        "ServiceFailed",
        "A service ended before it was ready."
    );

    public static readonly ErrorDefinition ServiceNotReady = new(
        "WTH5003",
        "ServiceNotReady",
        "A service did not become ready in time."
    );

    public static readonly ErrorDefinition CommandNotFound = new(
        "WTH5004",
        "CommandNotFound",
        "The command of a service cannot be started."
    );

    public static readonly ErrorDefinition NoSuchService = new(
        "WTH5005",
        "NoSuchService",
        "The service that was named is none of this stack."
    );

    public static readonly ErrorDefinition NoSuchWorktree = new(
        "WTH5050",
        "NoSuchWorktree",
        "The worktree that was named is none of this repository."
    );

    public static readonly ErrorDefinition RemovalRefused = new(
        "WTH5051",
        "RemovalRefused",
        "The worktree was not removed, because git refuses it or something would be lost."
    );

    public static readonly ErrorDefinition FilesOfOthers = new(
        "WTH5052",
        "FilesOfOthers",
        "A folder in the worktree may not be emptied by this user, so the worktree cannot be removed."
    );

    public static readonly ErrorDefinition NoUrl = new(
        "WTH5053",
        "NoUrl",
        "The worktree has no web port to open."
    );

    public static readonly ErrorDefinition CertificateMissing = new(
        "WTH5054",
        "CertificateMissing",
        "The ASP.NET Core development certificate could not be exported for the stack's proxy."
    );

    public static readonly ErrorDefinition ContainersLeft = new(
        "WTH5055",
        "ContainersLeft",
        "The containers of a removed worktree could not be looked for, or not be removed."
    );
}
