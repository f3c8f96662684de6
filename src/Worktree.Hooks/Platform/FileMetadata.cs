using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Worktree.Hooks.Platform;

/// <summary>Gives a copy the owner, mode and times of its source, as far as this user may.</summary>
internal static class FileMetadata
{
    private const uint Unchanged = uint.MaxValue;

    /// <summary>For a file or folder by path; a link keeps its own mode. Does nothing on Windows.</summary>
    public static void Apply(string path, FileStat source)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        var (user, group) = OwnerFor(source);
        // Where a group is not ours the copy keeps our own: no reason to fail.
        _ = Libc.ChangeOwner(path, user, group);
        if (source.Kind != FileKind.Link)
        {
            File.SetUnixFileMode(path, source.Mode); // after chown, which takes set-user-id away
        }
        if (OperatingSystem.IsLinux())
        {
            _ = Libc.SetTimes(Libc.CurrentFolder, path, TimesOf(source), Libc.NoFollow);
        }
        else if (source.Kind == FileKind.File)
        {
            File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddTicks(source.Modified / 100));
        }
    }

    /// <summary>For an open file.</summary>
    [SupportedOSPlatform("linux")]
    public static void Apply(SafeFileHandle file, FileStat source)
    {
        var descriptor = (int)file.DangerousGetHandle();
        var (user, group) = OwnerFor(source);
        _ = Libc.ChangeOwner(descriptor, user, group);
        File.SetUnixFileMode(file, source.Mode);
        if (Libc.SetTimes(descriptor, TimesOf(source)) != 0)
        {
            throw PosixError.Last("the times of a copied file");
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static (uint User, uint Group) OwnerFor(FileStat source) =>
        Libc.GetEffectiveUserId() == 0 ? (source.User, source.Group) : (Unchanged, source.Group);

    [UnsupportedOSPlatform("windows")]
    private static Libc.TimeSpecification[] TimesOf(FileStat source)
    {
        var time = new Libc.TimeSpecification(
            source.Modified / 1_000_000_000,
            source.Modified % 1_000_000_000
        );
        return [time, time];
    }
}
