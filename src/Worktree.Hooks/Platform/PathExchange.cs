using System.Runtime.InteropServices;

namespace Worktree.Hooks.Platform;

/// <summary>Exchanges two files or folders in one step, so that neither name is ever without one.</summary>
internal static class PathExchange
{
    private const uint LinuxExchange = 2; // RENAME_EXCHANGE, renameat2(2)
    private const uint MacSwap = 2; // RENAME_SWAP, renamex_np(2)

    /// <summary>Exchanges what the two paths name; both must exist and lie in one file system.</summary>
    /// <returns>False where the system or the file system has no such step: nothing was changed.</returns>
    /// <exception cref="IOException">It has, but failed (a mount point: EBUSY); nothing was changed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written; nothing was changed.</exception>
    public static bool TryExchange(string first, string second)
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }
        try
        {
            var result = OperatingSystem.IsMacOS()
                ? Libc.Rename(first, second, MacSwap)
                : Libc.Rename(Libc.CurrentFolder, first, Libc.CurrentFolder, second, LinuxExchange);
            if (result == 0)
            {
                return true;
            }
        }
        catch (EntryPointNotFoundException)
        {
            return false; // a C library older than the call
        }
        // EINVAL, ENOSYS and ENOTSUP (Linux, macOS) say that there is no such step here.
        return Marshal.GetLastPInvokeError() is 22 or 38 or 78 or 95 or 45
            ? false
            : throw PosixError.Last($"'{first}' and '{second}' cannot be exchanged");
    }
}
