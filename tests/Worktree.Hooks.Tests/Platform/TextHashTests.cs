using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Tests.Platform;

public sealed class TextHashTests
{
    [Fact]
    public void It_is_the_systems_own_sha256() =>
        Gen.String[0, 300]
            .Sample(text =>
                SHA256.HashData(Encoding.UTF8.GetBytes(text)).SequenceEqual(TextHash.Sha256(text))
            );

    // FIPS 180-4's example of one block, and lengths around the end of a block, where the padding needs another one.
    [Theory]
    [InlineData(0)]
    [InlineData(55)]
    [InlineData(56)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(119)]
    [InlineData(120)]
    public void Every_length_is_padded_to_whole_blocks(int length)
    {
        var text = new string('x', length);

        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(text)), TextHash.Sha256(text));
    }

    [Fact]
    public void The_first_digits_are_lower_case_hexadecimal() =>
        Assert.Equal("ba7816bf", TextHash.Hex("abc", 8));
}
