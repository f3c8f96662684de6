using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Worktree.Hooks.Platform;

/// <summary>Turns errno into the exceptions that .NET's own file methods throw.</summary>
internal static class PosixError
{
    private const int OperationNotPermitted = 1; // EPERM

    /// <summary>The exception for the last call's errno; its HResult is errno, as .NET's own.</summary>
    [UnsupportedOSPlatform("windows")]
    public static Exception Last(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        var message = $"{what}: {Marshal.GetPInvokeErrorMessage(error)}";
        return error is Libc.PermissionDenied or OperationNotPermitted
            ? new UnauthorizedAccessException(message)
            : new IOException(message, error);
    }

    /// <summary>What the system would have thrown for a full disk.</summary>
    public static IOException DiskFull(string message) =>
        new(message, OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : Libc.NoSpace);

    /// <summary>True where an exception says that the disk, or the user's share of it, is full.</summary>
    public static bool IsDiskFull(Exception exception) =>
        exception is IOException io
        && (
            OperatingSystem.IsWindows()
                ? (io.HResult & 0xffff) is 0x70 or 0x27 // ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL
                : io.HResult == Libc.NoSpace || io.HResult == Libc.QuotaReached
        );
}
