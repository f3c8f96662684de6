using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Worktree.Hooks.Platform;

/// <summary>The few calls of the C library that .NET has no method for. Each caller checks errno.</summary>
[UnsupportedOSPlatform("windows")]
internal static partial class Libc
{
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int InterruptedCall = 4; // EINTR
    public const int NoSuchProcess = 3; // ESRCH
    public const int PermissionDenied = 13; // EACCES
    public const int OpenReadWrite = 2; // O_RDWR
    public const int MayExecute = 1; // X_OK
    public const int MayWrite = 2; // W_OK
    public const int MayReadAndEnter = 5; // R_OK | X_OK

    /// <summary>O_CLOEXEC: a child process must not inherit a lock.</summary>
    public static int OpenCloseOnExec => OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

    /// <summary>Opens a file that exists; without O_CREAT the variadic mode is not read, so that every ABI agrees.</summary>
    [LibraryImport(
        "libc",
        EntryPoint = "open",
        SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8
    )]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int FileLock(int descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "getpgid", SetLastError = true)]
    public static partial int GetProcessGroup(int processId);

    /// <summary>access(2): asks what this user may do with a file or folder, access control lists included.</summary>
    [LibraryImport(
        "libc",
        EntryPoint = "access",
        SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8
    )]
    public static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint GetEffectiveGroupId();

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitForProcess(int processId, out int status, int options);

    [LibraryImport("libc", EntryPoint = "getpid")]
    public static partial int GetProcessId();

    /// <summary>rename(2): unlike .NET's moves it also replaces a link to a folder by another, in one step.</summary>
    [LibraryImport(
        "libc",
        EntryPoint = "rename",
        SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8
    )]
    public static partial int Rename(string from, string to);
}
