namespace Worktree.Hooks.Diagnostics;

internal static partial class ErrorCatalogue
{
    public static readonly ErrorDefinition ConfigurationMalformed = new(
        "WTH3001",
        "ConfigurationMalformed",
        "worktree.json is not valid JSON."
    );

    public static readonly ErrorDefinition UnknownKey = new(
        "WTH3002",
        "UnknownKey",
        "worktree.json has a key that means nothing."
    );

    public static readonly ErrorDefinition InvalidValue = new(
        "WTH3003",
        "InvalidValue",
        "A value in worktree.json cannot be used."
    );

    public static readonly ErrorDefinition InvalidRange = new(
        "WTH3004",
        "InvalidRange",
        "A port or a port range in worktree.json is impossible."
    );

    public static readonly ErrorDefinition OverlappingRanges = new(
        "WTH3005",
        "OverlappingRanges",
        "Two port ranges, or a range and a main port, share a port."
    );

    public static readonly ErrorDefinition DuplicateKey = new(
        "WTH3006",
        "DuplicateKey",
        "A key or a variable is named twice in worktree.json."
    );

    public static readonly ErrorDefinition UnknownReference = new(
        "WTH3007",
        "UnknownReference",
        "A ${…} reference names a variable that does not exist."
    );

    public static readonly ErrorDefinition EnvFileIsALink = new(
        "WTH3008",
        "EnvFileIsALink",
        ".env.local is a symbolic link to a file outside the worktree."
    );

    public static readonly ErrorDefinition EnvFileUnwritable = new(
        "WTH3009",
        "EnvFileUnwritable",
        ".env.local cannot be read or written."
    );

    public static readonly ErrorDefinition ValueCannotBeQuoted = new(
        "WTH3010",
        "ValueCannotBeQuoted",
        "A value cannot be written so that a shell and a dotenv reader see the same."
    );

    public static readonly ErrorDefinition VariableSetTwice = new(
        "WTH3011",
        "VariableSetTwice",
        "A line of the user's own in .env.local sets a variable that the block sets too."
    );

    public static readonly ErrorDefinition BlockDamaged = new(
        "WTH3012",
        "BlockDamaged",
        "The block in .env.local has a start but no end; it was mended."
    );

    /// <summary>Said by the startup hook, which cannot refer to this library: a test holds the two equal.</summary>
    public static readonly ErrorDefinition RunEnvironmentMissing = new(
        "WTH3020",
        "RunEnvironmentMissing",
        "An application was started without the variables of its worktree."
    );
}
