using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>The client against a real engine; the docker command, which knows nothing of it, is the witness.</summary>
public sealed class EngineClientTests : IDisposable
{
    private const string Label = "worktree-hooks.test=client";

    private readonly TemporaryFolder folder = new();
    private readonly ContainerEngine? engine;

    public EngineClientTests()
    {
        if (PrivateEngine.IsThere)
        {
            engine = ContainerEngine.Connect(HostEnvironment.Capture(), CancellationToken.None);
        }
    }

    private ContainerEngine Engine => engine!;

    [SkippableFact]
    public void A_container_is_found_by_its_label_and_by_what_it_mounts()
    {
        PrivateEngine.Require();
        var inside = Directory.CreateDirectory(folder.At("data", "inside")).FullName;
        Directory.CreateSymbolicLink(folder.At("link"), folder.At("data"));
        var id = Run("-v", $"{folder.At("data")}:/d", "busybox", "sleep", "100");
        Run("-v", $"{folder.At("data")}:/d:ro", "busybox", "sleep", "100");

        foreach (
            var path in new[]
            {
                folder.At("data"),
                inside,
                folder.Path,
                folder.At("link", "inside"),
            }
        )
        {
            var found = Assert.Single(Engine.ContainersOn(path, CancellationToken.None));
            Assert.Equal(id, found.Id);
            Assert.True(found.IsRunning);
        }
        Assert.Empty(Engine.ContainersOn(folder.At("dat"), CancellationToken.None));
        Assert.Equal(2, Engine.Containers(CancellationToken.None, Label).Count);
        Assert.Empty(Engine.Containers(CancellationToken.None, Label, "other"));
    }

    [SkippableFact]
    public void A_volume_is_found_by_all_of_its_labels_and_not_by_one_of_them()
    {
        PrivateEngine.Require();
        var none = CancellationToken.None;
        Engine.CreateVolume("wth-one", Labels, none);
        var more = new Dictionary<string, string>(Labels) { ["other"] = "here" };
        Engine.CreateVolume("wth-two", more, none);
        Engine.CreateNetwork("wth-one", null, Labels, none);
        Engine.CreateNetwork("wth-two", null, more, none);

        Assert.Equal("wth-two", Assert.Single(Engine.Volumes(none, Label, "other=here")).Name);
        Assert.Equal("wth-two", Assert.Single(Engine.Networks(none, Label, "other")).Name);
        Assert.Empty(Engine.Volumes(none, Label, "other=there"));
    }

    [SkippableFact]
    public void A_container_that_is_being_stopped_counts_as_running()
    {
        PrivateEngine.Require();
        var id = Run("busybox", "sh", "-c", "trap '' TERM; echo deaf; sleep 1000");
        PrivateEngine.Await("it ignores signals", () => PrivateEngine.Docker("logs", id) == "deaf");
        var stop = Task.Run(() => PrivateEngine.Docker("stop", "--time", "4", id));
        var states = new List<string>();
        while (!stop.Wait(TimeSpan.FromMilliseconds(50)))
        {
            states.Add(Engine.Containers(CancellationToken.None, Label).Single().State);
        }

        // It runs for all of the four seconds; the command may come back a moment after its end.
        Assert.All(states.Take(20), state => Assert.Equal("running", state));
        Assert.All(states, state => Assert.Contains(state, (string[])["running", "exited"]));
        Assert.Equal("exited", Engine.Containers(CancellationToken.None, Label).Single().State);
    }

    [SkippableFact]
    public void A_container_is_made_as_it_is_asked_for()
    {
        PrivateEngine.Require();
        Engine.CreateNetwork("wth-made", "10.213.7.0/28", Labels, CancellationToken.None);
        Engine.CreateVolume("wth-made", Labels, CancellationToken.None);

        var id = Engine.Create(
            new EngineContainerRequest
            {
                Image = "busybox",
                Name = "wth-made",
                Command = ["sh", "-c", "echo $GREETING; exec httpd -f -p 8080"],
                Env = new Dictionary<string, string> { ["GREETING"] = "hello = world" },
                Labels = Labels,
                Mounts =
                [
                    new EngineMount(null, folder.Path, "/bind", IsWritable: false),
                    new EngineMount("wth-made", "", "/volume", IsWritable: true),
                ],
                Ports = [new EnginePort(4999, 8080)],
                Network = "wth-made",
                Aliases = ["web"],
                User = "1234:1234",
                Init = true,
            },
            CancellationToken.None
        );
        Engine.Start(id, CancellationToken.None);

        var made = Engine.Inspect("wth-made", CancellationToken.None);
        Assert.True(made.IsRunning);
        Assert.Equal("hello = world", made.Env["GREETING"]);
        Assert.Equal([new EnginePort(4999, 8080)], made.Ports);
        Assert.Equal(
            [("/bind", null, false), ("/volume", "wth-made", true)],
            made.Mounts.Select(m => (m.Target, m.Volume, m.IsWritable)).Order()
        );
        Assert.Equal("1234", PrivateEngine.Docker("exec", id, "id", "-u"));
        Assert.Contains(
            "10.213.7.",
            PrivateEngine.Docker("exec", id, "nslookup", "web"),
            StringComparison.Ordinal
        );
        PrivateEngine.Await(
            "its log has the line",
            () =>
                Engine
                    .LastLines(id, 5, CancellationToken.None)
                    .Contains("hello = world", StringComparer.Ordinal)
        );
        var memory = Engine.MemoryOf(id, CancellationToken.None);
        Assert.InRange(
            memory,
            PrivateEngine.HasControlGroups ? 1 : 0,
            PrivateEngine.HasControlGroups ? 1L << 30 : 0
        );
        var network = Assert.Single(Engine.Networks(CancellationToken.None, Label));
        Assert.Equal(("wth-made", "10.213.7.0/28"), (network.Name, network.Subnets.Single()));
        Assert.NotNull(Engine.FindVolume("wth-made", CancellationToken.None));
        Engine.Remove(id, CancellationToken.None);
        Engine.Remove(id, CancellationToken.None);
        Engine.RemoveVolume("wth-made", CancellationToken.None);
        Assert.Null(Engine.FindVolume("wth-made", CancellationToken.None));
    }

    [SkippableFact]
    public void A_command_runs_in_a_container_to_its_end_and_has_nothing_to_read()
    {
        PrivateEngine.Require();
        var id = Run("busybox", "sleep", "100");

        var result = Engine.Exec(
            id,
            ["sh", "-c", "cat; echo $A; echo no >&2; exit 3"],
            CancellationToken.None,
            new Dictionary<string, string> { ["A"] = "ja" }
        );

        Assert.Equal(new EngineExecResult(3, "ja\n", "no\n"), result);
    }

    [SkippableFact]
    public void A_command_in_a_container_is_talked_with_line_by_line()
    {
        PrivateEngine.Require();
        var id = Run("busybox", "sleep", "100");

        using var session = Engine.Attach(
            id,
            [
                "sh",
                "-c",
                "while read x; [ $x != end ]; do echo \"got $x\"; done; echo bye >&2; exit 4",
            ],
            CancellationToken.None
        );
        session.WriteLine("ä1");
        Assert.Equal("got ä1", session.ReadLine());
        session.WriteLine("2");
        Assert.Equal("got 2", session.ReadLine());
        session.WriteLine("end");

        Assert.Null(session.ReadLine());
        Assert.Equal("bye\n", session.ErrorOutput);
        Assert.Equal(4, session.ExitCode());
    }

    [SkippableFact]
    public void What_the_engine_refuses_is_recognised()
    {
        PrivateEngine.Require();
        var none = CancellationToken.None;
        Run("-p", "4998:80", "--name", "wth-taken", "busybox", "sleep", "100");
        Engine.CreateNetwork("wth-taken", "10.213.8.0/28", Labels, none);
        var late = Engine.Create(
            new EngineContainerRequest
            {
                Image = "busybox",
                Labels = Labels,
                Command = ["true"],
                Ports = [new EnginePort(4998, 80)],
            },
            none
        );

        Assert.Equal(EngineFault.PortTaken, FaultOf(() => Engine.Start(late, none)));
        Assert.Equal(
            EngineFault.AddressPoolsUsedUp,
            FaultOf(() => Engine.CreateNetwork("wth-other", "10.213.8.0/28", Labels, none))
        );
        Assert.Equal(
            EngineFault.NameTaken,
            FaultOf(() =>
                Engine.Create(
                    new EngineContainerRequest { Image = "busybox", Name = "wth-taken" },
                    none
                )
            )
        );
        Assert.Equal(
            EngineFault.ImageNotFound,
            FaultOf(() => Engine.Create(new EngineContainerRequest { Image = "no-such" }, none))
        );
        Assert.Equal(EngineFault.NotFound, FaultOf(() => Engine.Inspect("no-such", none)));
        Assert.Null(Engine.FindImage("no-such", none));
        Assert.NotNull(Engine.FindImage("busybox", none));
    }

    [SkippableFact]
    public void Address_pools_that_are_used_up_are_recognised()
    {
        PrivateEngine.RequireDocker("there are 65,536 address pools");
        var fault = FaultOf(() =>
        {
            for (var i = 0; i < 40; i++)
            {
                Engine.CreateNetwork($"wth-pool-{i}", null, Labels, CancellationToken.None);
            }
        });

        Assert.Equal(EngineFault.AddressPoolsUsedUp, fault);
    }

    [Fact]
    public void An_engine_that_is_not_there_is_told_apart_from_one_that_cannot_be_used()
    {
        Assert.Equal(
            EngineFault.Unreachable,
            FaultOf(() => Connect(("DOCKER_HOST", $"unix://{folder.At("none.sock")}")))
        );
        Assert.Equal(
            EngineFault.Unreachable,
            FaultOf(() => Connect(("DOCKER_HOST", "tcp://127.0.0.1:9")))
        );
        Assert.Equal(
            EngineFault.UnusableEndpoint,
            FaultOf(() => Connect(("DOCKER_HOST", "ssh://somebody@localhost")))
        );
        Assert.Equal(
            EngineFault.UnusableEndpoint,
            FaultOf(() => Connect(("DOCKER_CONTEXT", "no-such-context")))
        );
    }

    [SkippableFact]
    public void A_docker_context_names_the_engine()
    {
        PrivateEngine.Require();
        var environment = HostEnvironment.Capture() with
        {
            Variables = new Dictionary<string, string>
            {
                ["PATH"] = "/usr/bin",
                ["DOCKER_CONFIG"] = folder.At("config"),
                ["HOME"] = folder.Path,
            },
        };
        var socket = HostEnvironment.Capture().Variable("DOCKER_HOST")!;
        PrivateEngine.Docker(
            "--config",
            folder.At("config"),
            "context",
            "create",
            "ours",
            "--docker",
            $"host={socket}"
        );
        File.WriteAllText(folder.At("config", "config.json"), """{ "currentContext": "ours" }""");

        using var found = ContainerEngine.Connect(environment, CancellationToken.None);

        Assert.Equal(socket, found.Endpoint.OriginalString);
    }

    public void Dispose()
    {
        if (engine is not null)
        {
            PrivateEngine.Clean();
            engine.Dispose();
        }
        folder.Dispose();
    }

    private static Dictionary<string, string> Labels =>
        new(StringComparer.Ordinal) { ["worktree-hooks.test"] = "client" };

    private static string Run(params string[] arguments) =>
        PrivateEngine.Docker(["run", "--detach", "--label", Label, .. arguments]);

    private static EngineFault FaultOf(Action request) =>
        Assert.Throws<EngineException>(request).Fault;

    private static void Connect(params (string Name, string Value)[] variables)
    {
        var environment = HostEnvironment.Capture() with
        {
            Variables = variables.ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal),
        };
        ContainerEngine.Connect(environment, CancellationToken.None).Dispose();
    }
}
