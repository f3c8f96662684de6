using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Platform;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(UnixFileMode.UserRead)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherExecute)]
    public void A_replaced_file_keeps_its_mode_and_leaves_nothing_beside_it(UnixFileMode mode)
    {
        var file = folder.At("file");
        File.WriteAllText(file, "old");
        File.SetUnixFileMode(file, mode);

        AtomicFile.WriteText(file, "new, größer");

        Assert.Equal("new, größer", File.ReadAllText(file));
        Assert.Equal(mode, File.GetUnixFileMode(file));
        Assert.Equal([file], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_new_file_gets_the_mode_that_was_asked_for()
    {
        AtomicFile.Write(folder.At("file"), "x"u8, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(folder.At("file"))
        );
    }

    [Fact]
    public void A_target_that_cannot_be_replaced_leaves_nothing_beside_it()
    {
        Directory.CreateDirectory(folder.At("file", "not-empty"));

        Assert.ThrowsAny<Exception>(() => AtomicFile.WriteText(folder.At("file"), "new"));

        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Readers_see_the_old_content_or_the_new_one()
    {
        var file = folder.At("file");
        var contents = new[] { new string('a', 50_000), new string('b', 70_000) };
        AtomicFile.WriteText(file, contents[0]);
        using var stop = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            var torn = 0;
            while (!stop.IsCancellationRequested)
            {
                torn += contents.Contains(File.ReadAllText(file), StringComparer.Ordinal) ? 0 : 1;
            }
            return torn;
        });
        for (var i = 0; i < 100; i++)
        {
            AtomicFile.WriteText(file, contents[i % 2]);
        }
        await stop.CancelAsync();

        Assert.Equal(0, await reader);
    }
}
