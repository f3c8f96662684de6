using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Worktree.Hooks.Platform;

/// <summary>
/// SHA-256 (FIPS 180-4) of short texts, for names and ports. The system's own loads and starts OpenSSL on Linux, which
/// takes 1.8 ms: a quarter of what the hook may cost. For contents of files that does not matter: they use the system's.
/// </summary>
internal static class TextHash
{
    private const int BlockBytes = 64;

    // csharpier-ignore
    private static ReadOnlySpan<uint> InitialState =>
    [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ];

    // csharpier-ignore
    private static ReadOnlySpan<uint> RoundConstants =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>The 32 bytes of SHA-256 of the text's UTF-8 form.</summary>
    public static byte[] Sha256(string text)
    {
        var message = Pad(Encoding.UTF8.GetBytes(text));
        Span<uint> state = stackalloc uint[InitialState.Length];
        InitialState.CopyTo(state);
        for (var at = 0; at < message.Length; at += BlockBytes)
        {
            Compress(message.AsSpan(at, BlockBytes), state);
        }
        var hash = new byte[state.Length * sizeof(uint)];
        for (var i = 0; i < state.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(i * sizeof(uint)), state[i]);
        }
        return hash;
    }

    /// <summary>The first digits of that, in lower-case hexadecimal.</summary>
    /// <param name="text">The text.</param>
    /// <param name="digits">How many, 1–64.</param>
    public static string Hex(string text, int digits) =>
        Convert.ToHexStringLower(Sha256(text))[..digits];

    // A bit of 1, zeros, and the length in bits: whole blocks.
    private static byte[] Pad(byte[] text)
    {
        var blocks = (text.Length + 1 + sizeof(ulong) + BlockBytes - 1) / BlockBytes;
        var padded = new byte[blocks * BlockBytes];
        text.CopyTo(padded, 0);
        padded[text.Length] = 0x80;
        var length = padded.AsSpan(padded.Length - sizeof(ulong));
        BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)text.Length * 8);
        return padded;
    }

    private static void Compress(ReadOnlySpan<byte> block, Span<uint> state)
    {
        Span<uint> w = stackalloc uint[RoundConstants.Length];
        for (var i = 0; i < w.Length; i++)
        {
            w[i] =
                i < 16
                    ? BinaryPrimitives.ReadUInt32BigEndian(block[(i * sizeof(uint))..])
                    : w[i - 16]
                        + SmallSigma(w[i - 15], 7, 18, 3)
                        + w[i - 7]
                        + SmallSigma(w[i - 2], 17, 19, 10);
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        var (e, f, g, h) = (state[4], state[5], state[6], state[7]);
        for (var i = 0; i < w.Length; i++)
        {
            var first =
                h + BigSigma(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + RoundConstants[i] + w[i];
            var second = BigSigma(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + first, c, b, a, first + second);
        }
        ReadOnlySpan<uint> added = [a, b, c, d, e, f, g, h];
        for (var i = 0; i < state.Length; i++)
        {
            state[i] += added[i];
        }
    }

    private static uint BigSigma(uint x, int i, int j, int k) =>
        BitOperations.RotateRight(x, i)
        ^ BitOperations.RotateRight(x, j)
        ^ BitOperations.RotateRight(x, k);

    private static uint SmallSigma(uint x, int i, int j, int shift) =>
        BitOperations.RotateRight(x, i) ^ BitOperations.RotateRight(x, j) ^ (x >> shift);
}
