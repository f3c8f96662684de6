using System.Globalization;

namespace Worktree.Hooks.Platform;

/// <summary>Tells who listens on a TCP port, as far as the system lets this user know.</summary>
internal static class PortHolder
{
    private static readonly TimeSpan EngineTime = TimeSpan.FromSeconds(3);

    // They listen for containers, and naming them would help nobody.
    private static readonly string[] Forwarders =
    [
        "docker",
        "rootlesskit",
        "rootlessport",
        "podman",
        "conmon",
        "gvproxy",
    ];

    private static readonly string[] Tables = ["/proc/net/tcp", "/proc/net/tcp6"];

    /// <summary>
    /// <c>container 'shop-db-1' (postgres:15)</c> or <c>process 812 (postgres -D /data)</c>, or null where it cannot be
    /// told: another user's process, another system.
    /// </summary>
    public static string? Describe(HostEnvironment environment, int port)
    {
        var process = ProcessOn(port);
        var mayForward =
            process is null
            || Forwarders.Any(f => process.Contains(f, StringComparison.OrdinalIgnoreCase));
        return (mayForward ? ContainerOn(environment, port) : null) ?? process;
    }

    private static string? ContainerOn(HostEnvironment environment, int port)
    {
        using var limit = new CancellationTokenSource(EngineTime);
        try
        {
            using var engine = ContainerEngine.Connect(environment, limit.Token);
            return
                !engine.IsRemote
                && engine
                    .Containers(limit.Token)
                    .FirstOrDefault(c =>
                        c.Ports.Any(p => p.HostPort == port && p.Protocol == EnginePort.Tcp)
                    )
                    is { } container
                ? $"container {container}"
                : null;
        }
        catch (Exception e) when (e is EngineException or OperationCanceledException)
        {
            return null;
        }
    }

    private static string? ProcessOn(int port)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }
        var sockets = ListeningInodes(port)
            .Select(inode => $"socket:[{inode}]")
            .ToHashSet(StringComparer.Ordinal);
        if (sockets.Count == 0)
        {
            return null;
        }
        var holder = LinuxProcess.All().FirstOrDefault(p => HoldsAny(p.Id, sockets));
        return holder.Id == 0 ? null : $"process {holder.Id} ({CommandLineOf(holder.Id)})";
    }

    /// <summary>The ports of this machine that somebody is connected to now; none where the system does not tell.</summary>
    public static IReadOnlySet<int> Connected() =>
        Sockets().Where(s => s.State == "01").Select(s => s.Port).ToHashSet();

    private static IEnumerable<string> ListeningInodes(int port) =>
        Sockets().Where(s => s.State == "0A" && s.Port == port).Select(s => s.Inode);

    // proc_net_tcp(5): local address in hex with the port behind the colon; state 01 is ESTABLISHED, 0A LISTEN; field
    // 9 is the inode.
    private static IEnumerable<(int Port, string State, string Inode)> Sockets()
    {
        foreach (var table in Tables.Where(File.Exists))
        {
            foreach (var line in File.ReadLines(table).Skip(1))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length > 9)
                {
                    var port = fields[1].AsSpan(fields[1].LastIndexOf(':') + 1);
                    yield return (
                        int.Parse(port, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                        fields[3],
                        fields[9]
                    );
                }
            }
        }
    }

    private static bool HoldsAny(int processId, HashSet<string> sockets)
    {
        try
        {
            return Directory
                .EnumerateFiles(
                    string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/fd")
                )
                .Any(descriptor =>
                    new FileInfo(descriptor).LinkTarget is { } target && sockets.Contains(target)
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string CommandLineOf(int processId)
    {
        try
        {
            var line = File.ReadAllText(
                string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/cmdline")
            );
            var command = line.TrimEnd('\0').Replace('\0', ' ');
            return command.Length > 80 ? command[..80] + "…" : command;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "its command is not shown to this user";
        }
    }
}
