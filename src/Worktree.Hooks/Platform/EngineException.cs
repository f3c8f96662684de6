namespace Worktree.Hooks.Platform;

/// <summary>What an engine refused, as far as it can be recognised.</summary>
internal enum EngineFault
{
    /// <summary>There is no engine, or it does not answer.</summary>
    Unreachable,

    /// <summary>The engine's socket is there, and this user may not use it.</summary>
    Denied,

    /// <summary>The Docker context or host that is set cannot be used: it does not exist, or goes by ssh.</summary>
    UnusableEndpoint,

    /// <summary>No TLS connection: a certificate's file is missing or unreadable, or one side refuses the other's certificate.</summary>
    UnusableCertificates,

    /// <summary>There is no such container, network, volume or exec.</summary>
    NotFound,

    /// <summary>There is no such image, here or in the registry.</summary>
    ImageNotFound,

    /// <summary>A port to be published is held by somebody.</summary>
    PortTaken,

    /// <summary>Every address range that the engine gives to networks is used up, or the one asked for is.</summary>
    AddressPoolsUsedUp,

    /// <summary>The name is taken.</summary>
    NameTaken,

    /// <summary>The engine's disk is full.</summary>
    DiskFull,

    /// <summary>Something else; the engine's own words say what.</summary>
    Other,
}

/// <summary>A request that a container engine did not fulfil.</summary>
internal sealed class EngineException(EngineFault fault, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What it was about.</summary>
    public EngineFault Fault { get; } = fault;
}
