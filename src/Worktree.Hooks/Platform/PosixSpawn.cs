using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Worktree.Hooks.Platform;

/// <summary>posix_spawn(3) with a session of its own: .NET's own Process can start none.</summary>
[UnsupportedOSPlatform("windows")]
internal static unsafe partial class PosixSpawn
{
    // Larger than the opaque structures of glibc, musl and macOS (336, 336 and 8 bytes).
    private const int OpaqueSize = 1024;
    private const short SetSignalDefaults = 0x04;
    private const short SetSignalMask = 0x08;
    private const short CloseByDefault = 0x4000; // Apple's POSIX_SPAWN_CLOEXEC_DEFAULT

    private static short SetSession => OperatingSystem.IsMacOS() ? (short)0x400 : (short)0x80;

    // O_WRONLY | O_CREAT | O_APPEND
    private static int AppendFlags =>
        OperatingSystem.IsMacOS() ? 0x1 | 0x200 | 0x8 : 0x1 | 0x40 | 0x400;

    /// <summary>Starts the program; returns its process id.</summary>
    /// <exception cref="Win32Exception">The system refuses; the code is errno.</exception>
    public static int Start(DetachedStart start, string program)
    {
        using var arguments = new CStrings(start.Command);
        using var variables = new CStrings(start.Variables.Select(v => $"{v.Key}={v.Value}"));
        var actions = stackalloc byte[OpaqueSize];
        var attributes = stackalloc byte[OpaqueSize];
        Check(InitActions(actions));
        Check(InitAttributes(attributes));
        try
        {
            Check(AddOpen(actions, 0, "/dev/null", 0, 0));
            Check(AddOpen(actions, 1, start.LogFile, AppendFlags, Convert.ToUInt32("600", 8)));
            Check(AddDuplicate(actions, 1, 2));
            CloseInherited(actions);
            Check(AddChangeDirectory(actions, start.WorkingDirectory));
            SetAttributes(attributes);
            Check(
                Spawn(
                    out var id,
                    program,
                    actions,
                    attributes,
                    arguments.Pointer,
                    variables.Pointer
                )
            );
            return id;
        }
        finally
        {
            _ = DestroyActions(actions);
            _ = DestroyAttributes(attributes);
        }
    }

    // .NET's own descriptors close by themselves, but not what we were started with: a pipe or a lock of our caller
    // would stay open as long as the service runs. Closing one that is closed already is no error.
    private static void CloseInherited(byte* actions)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }
        foreach (var path in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            if (
                int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var number)
                && number > 2
            )
            {
                Check(AddClose(actions, number));
            }
        }
    }

    // .NET ignores SIGPIPE and a build may block SIGINT: a child must not inherit that.
    private static void SetAttributes(byte* attributes)
    {
        var none = stackalloc byte[OpaqueSize];
        var all = stackalloc byte[OpaqueSize];
        Check(EmptySignals(none));
        Check(FillSignals(all));
        Check(SetMask(attributes, none));
        Check(SetDefaults(attributes, all));
        var closing = OperatingSystem.IsMacOS() ? CloseByDefault : 0;
        var flags = SetSession | SetSignalMask | SetSignalDefaults | closing;
        Check(SetFlags(attributes, (short)flags));
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new Win32Exception(error, Marshal.GetPInvokeErrorMessage(error));
        }
    }

    /// <summary>A null-terminated array of UTF-8 strings, as execve(2) wants it.</summary>
    private sealed class CStrings : IDisposable
    {
        private readonly nint[] strings;

        public CStrings(IEnumerable<string> values)
        {
            strings = [.. values.Select(Marshal.StringToCoTaskMemUTF8)];
            Pointer = (nint*)
                NativeMemory.AllocZeroed((nuint)(strings.Length + 1), (nuint)sizeof(nint));
            strings.CopyTo(new Span<nint>(Pointer, strings.Length));
        }

        public nint* Pointer { get; }

        public void Dispose()
        {
            Array.ForEach(strings, Marshal.FreeCoTaskMem);
            NativeMemory.Free(Pointer);
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(
        out int id,
        string path,
        byte* actions,
        byte* attributes,
        nint* argv,
        nint* envp
    );

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int DestroyActions(byte* actions);

    [LibraryImport(
        "libc",
        EntryPoint = "posix_spawn_file_actions_addopen",
        StringMarshalling = StringMarshalling.Utf8
    )]
    private static partial int AddOpen(
        byte* actions,
        int descriptor,
        string path,
        int flags,
        uint mode
    );

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclose")]
    private static partial int AddClose(byte* actions, int descriptor);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddDuplicate(byte* actions, int descriptor, int copy);

    [LibraryImport(
        "libc",
        EntryPoint = "posix_spawn_file_actions_addchdir_np",
        StringMarshalling = StringMarshalling.Utf8
    )]
    private static partial int AddChangeDirectory(byte* actions, string path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int InitAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int DestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int SetMask(byte* attributes, byte* set);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int SetDefaults(byte* attributes, byte* set);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial int EmptySignals(byte* set);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    private static partial int FillSignals(byte* set);
}
