using System.Globalization;
using System.Net.Sockets;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Platform;

public sealed class ProcessTests : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_process_leads_a_group_of_its_own_and_is_alive_until_it_is_stopped()
    {
        var process = Start("sleep 1000");

        Assert.Equal(process.Id, process.Group);
        Assert.NotEqual(ProcessTable.Query(Environment.ProcessId)!.Group, process.Group);
        Assert.True(ProcessTable.IsAlive(process));
        Assert.True(ProcessTable.StopGroup(process, Grace));
        Assert.False(ProcessTable.IsAlive(process));
        Assert.False(ProcessTable.StopGroup(process, Grace));
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("kill -9 $$", 128 + 9)]
    public void A_process_that_ended_is_not_alive_and_leaves_its_exit_code(
        string command,
        int exitCode
    )
    {
        var process = Start(command);
        AwaitEnd(process);

        Assert.Equal(exitCode, DetachedProcess.ExitCodeOf(process));
        Assert.Null(DetachedProcess.ExitCodeOf(process));
    }

    [Fact]
    public void A_record_of_another_start_or_boot_is_another_process()
    {
        var process = Start("sleep 1000");
        ProcessRecord[] others =
        [
            process with
            {
                StartTime = process.StartTime + 1,
            },
            process with
            {
                BootId = "another",
            },
        ];

        Assert.All(others, other => Assert.False(ProcessTable.StopGroup(other, Grace)));
        Assert.True(ProcessTable.IsAlive(process));
        ProcessTable.StopGroup(process, Grace);
    }

    [Fact]
    public void What_outlived_its_leader_is_stopped_with_the_group()
    {
        var process = Start("sleep 1000 & echo $!");
        AwaitEnd(process);
        var child = int.Parse(File.ReadAllText(Log), CultureInfo.InvariantCulture);
        Assert.NotNull(ProcessTable.Query(child));

        Assert.True(ProcessTable.StopGroup(process, Grace));
        Assert.Null(ProcessTable.Query(child));
    }

    [Fact]
    public void The_output_is_appended_to_the_log_and_nothing_comes_in()
    {
        File.WriteAllText(Log, "before\n");
        var process = Start("cat; echo out; echo err >&2");
        AwaitEnd(process);

        Assert.Equal("before\nout\nerr\n", File.ReadAllText(Log));
    }

    [Fact]
    public void The_holder_of_a_port_is_named_with_its_command()
    {
        using var held = new TcpListener(System.Net.IPAddress.Loopback, 0);
        held.Start();
        var port = ((System.Net.IPEndPoint)held.LocalEndpoint).Port;

        Assert.StartsWith(
            $"process {Environment.ProcessId} (",
            PortHolder.Describe(HostEnvironment.Capture(), port),
            StringComparison.Ordinal
        );
        held.Stop();
        Assert.Null(PortHolder.Describe(HostEnvironment.Capture(), port));
    }

    private string Log => folder.At("log");

    private static void AwaitEnd(ProcessRecord process) =>
        Assert.True(SpinWait.SpinUntil(() => !ProcessTable.IsAlive(process), Grace));

    private ProcessRecord Start(string command) =>
        DetachedProcess.Start(
            new DetachedStart(
                ["/bin/sh", "-c", command],
                folder.Path,
                HostEnvironment.Capture().Variables,
                Log
            )
        );
}
