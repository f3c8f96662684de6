using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Worktree.Hooks.Platform;

/// <summary>
/// An exclusive lock between processes on a permanent lock file: blocking <c>flock(2)</c> on Unix, a file opened
/// with <see cref="FileShare.None"/> on Windows. The kernel frees it when its holder dies. The lock file is never
/// deleted: deleting it would let two holders in.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private readonly SafeFileHandle handle;

    private FileLock(SafeFileHandle handle) => this.handle = handle;

    /// <summary>Waits until the lock on <paramref name="path"/> is ours; creates file and folder if needed.</summary>
    /// <exception cref="IOException">The file cannot be made or locked.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or file may not be written.</exception>
    public static FileLock Acquire(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return AcquireByOpening(path);
        }
        var opened = OpenShared(path);
        while (Libc.FileLock((int)opened.DangerousGetHandle(), Libc.LockExclusive) != 0)
        {
            ThrowUnlessInterrupted(opened, path);
        }
        return new FileLock(opened);
    }

    /// <summary>Takes the lock if nobody holds it; null where somebody does.</summary>
    public static FileLock? TryAcquire(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return TryOpenExclusively(path) is { } exclusive ? new FileLock(exclusive) : null;
        }
        var opened = OpenShared(path);
        while (
            Libc.FileLock(
                (int)opened.DangerousGetHandle(),
                Libc.LockExclusive | Libc.LockNonBlocking
            ) != 0
        )
        {
            if (Marshal.GetLastPInvokeError() is 11 or 35) // EWOULDBLOCK on Linux, on macOS
            {
                opened.Dispose();
                return null;
            }
            ThrowUnlessInterrupted(opened, path);
        }
        return new FileLock(opened);
    }

    public void Dispose() => handle.Dispose();

    /// <summary>Makes sure that the lock file can be opened for writing, and closes it again; waits for nobody.</summary>
    /// <exception cref="IOException">The file cannot be made or opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or file may not be written.</exception>
    public static void RequireUsable(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            TryOpenExclusively(path)?.Dispose();
        }
        else
        {
            OpenShared(path).Dispose();
        }
    }

    // .NET's own open takes an flock whatever FileShare says, and fails while somebody holds ours: open(2) does not.
    [UnsupportedOSPlatform("windows")]
    private static SafeFileHandle OpenShared(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!File.Exists(path))
        {
            CreateEmpty(path);
        }
        var descriptor = Libc.Open(path, Libc.OpenReadWrite | Libc.OpenCloseOnExec);
        if (descriptor >= 0)
        {
            return new SafeFileHandle(descriptor, ownsHandle: true);
        }
        var error = Marshal.GetLastPInvokeError();
        var message = $"'{path}' cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}";
        throw error is Libc.PermissionDenied
            ? new UnauthorizedAccessException(message)
            : new IOException(message);
    }

    private static void CreateEmpty(string path)
    {
        try
        {
            using var created = new FileStream(
                path,
                FileMode.CreateNew,
                FileAccess.Write,
                FileShare.ReadWrite
            );
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was faster, and may hold the lock already.
        }
    }

    private static void ThrowUnlessInterrupted(SafeFileHandle opened, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error != Libc.InterruptedCall)
        {
            opened.Dispose();
            throw new IOException(
                $"'{path}' cannot be locked: {Marshal.GetPInvokeErrorMessage(error)}"
            );
        }
    }

    // Windows (not run by our tests): sharing violations are the lock; waiters back off by up to 20 ms.
    private static FileLock AcquireByOpening(string path)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (TryOpenExclusively(path) is { } exclusive)
            {
                return new FileLock(exclusive);
            }
            Thread.Sleep(Math.Min(20, 1 + attempt));
        }
    }

    private static SafeFileHandle? TryOpenExclusively(string path)
    {
        const int SharingViolation = unchecked((int)0x80070020);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            return File.OpenHandle(
                path,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
        }
        catch (IOException e) when (e.HResult == SharingViolation)
        {
            return null;
        }
    }
}
