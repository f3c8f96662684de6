using System.Buffers.Binary;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Ports;

/// <summary>A hash that is the same on every machine, in every process and in every version.</summary>
internal static class StableHash
{
    /// <summary>
    /// The offset of a project name in a range: the first 8 bytes, big-endian, of SHA-256 of its UTF-8 form, modulo
    /// the number of ports. <c>webserver_feature-x</c> in 99 ports has offset 71.
    /// </summary>
    /// <param name="projectName">The name without any suffix.</param>
    /// <param name="count">The number of ports, at least 1.</param>
    public static int Offset(string projectName, int count)
    {
        var hash = TextHash.Sha256(projectName);
        return (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)count);
    }
}
