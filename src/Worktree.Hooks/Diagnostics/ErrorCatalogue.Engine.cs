namespace Worktree.Hooks.Diagnostics;

internal static partial class ErrorCatalogue
{
    public static readonly ErrorDefinition EngineUnreachable = new(
        "WTH5010",
        "EngineUnreachable",
        "A container engine is needed and none answers."
    );

    public static readonly ErrorDefinition EngineDenied = new(
        "WTH5011",
        "EngineDenied",
        "This user may not use the container engine."
    );

    public static readonly ErrorDefinition EngineEndpointUnusable = new(
        "WTH5012",
        "EngineEndpointUnusable",
        "The container engine that is set cannot be used."
    );

    public static readonly ErrorDefinition ImageNotFound = new(
        "WTH5013",
        "ImageNotFound",
        "The image of a service cannot be had."
    );

    public static readonly ErrorDefinition PublishedPortTaken = new(
        "WTH5014",
        "PublishedPortTaken",
        "A port that a container is to publish is held by somebody."
    );

    public static readonly ErrorDefinition AddressPoolsUsedUp = new(
        "WTH5015",
        "AddressPoolsUsedUp",
        "The engine has no address range left for another network."
    );

    public static readonly ErrorDefinition EngineRefused = new(
        "WTH5016",
        "EngineRefused",
        "The container engine refused a request."
    );

    public static readonly ErrorDefinition EngineDiskFull = new(
        "WTH5017",
        "EngineDiskFull",
        "The container engine's disk is full."
    );

    public static readonly ErrorDefinition MountSourceMissing = new(
        "WTH5018",
        "MountSourceMissing",
        "A file or folder that a container is to mount is not there and cannot be made."
    );
}
