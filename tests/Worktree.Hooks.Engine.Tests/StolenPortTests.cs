using System.Net.Sockets;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>A port that another program takes between our look at it and the start of the container.</summary>
public sealed class StolenPortTests
{
    // The gate keeps "web" waiting until the test has taken its port.
    private const string Gated = """
        services:
          gate:
            image: busybox
            init: true
            command: sh -c "echo ran >> /gate/runs; until [ -e /gate/open ]; do sleep 0.1; done"
            volumes: ["./gate:/gate"]
          db: { image: busybox, command: sleep 1000, init: true }
          web:
            image: busybox
            command: sh -c "mkdir -p /w && echo hello > /w/index.html && exec busybox httpd -f -p 80 -h /w"
            init: true
            ports: ["${APP_PORT}:80"]
            depends_on:
              gate: { condition: service_completed_successfully }
              db: { condition: service_started }

        """;

    [SkippableFact]
    public void It_is_replaced_and_only_that_service_is_made_anew()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Gated);
        var root = stack.AddWorktree("x");
        var port = stack.Port(root);
        var start = Task.Run(() => stack.Run(root, "start"));
        AwaitGate(root, "webserver_x");
        var db = EngineStack.Ids("webserver_x", "db");
        var web = EngineStack.Ids("webserver_x", "web");
        using (PortProbe.Listen(port))
        {
            Open(root);
            var answer = start.GetAwaiter().GetResult();
            Assert.Equal(0, answer.ExitCode);
            Assert.Contains(
                ErrorCatalogue.PortReplaced.Code,
                answer.ErrorOutput,
                StringComparison.Ordinal
            );
        }

        var now = stack.Port(root);
        Assert.NotEqual(port, now);
        Assert.Equal("hello", stack.Answer(now));
        Assert.Equal(db, EngineStack.Ids("webserver_x", "db"));
        Assert.NotEqual(web, EngineStack.Ids("webserver_x", "web"));
        // A migration is not done twice.
        Assert.Equal("ran\n", File.ReadAllText(Path.Combine(root, "gate", "runs")));
        Assert.Contains(
            $"APP_PORT={now}\n",
            File.ReadAllText(Path.Combine(root, ".env.local")),
            StringComparison.Ordinal
        );
    }

    [SkippableFact]
    public void Of_main_it_is_not_replaced_but_its_holder_is_named()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Gated);
        var start = Task.Run(() => stack.Run(stack.Root, "start"));
        AwaitGate(stack.Root, "webserver");
        using (PortProbe.Listen(EngineStack.MainPort))
        {
            Open(stack.Root);
            var answer = start.GetAwaiter().GetResult();

            RunnerProgram.AssertRefused(answer, ErrorCatalogue.MainPortHeld);
            Assert.Contains(
                $"process {Environment.ProcessId} (",
                answer.ErrorOutput,
                StringComparison.Ordinal
            );
        }
        Assert.Empty(EngineStack.Ids("webserver"));
        stack.Start(stack.Root);
    }

    [SkippableFact]
    public void After_three_times_it_is_said_and_nothing_is_left()
    {
        PrivateEngine.Require();
        using var stack = new EngineStack(Gated);
        var root = stack.AddWorktree("x");
        using var thief = new Thief(() => stack.Port(root));
        var start = Task.Run(() => stack.Start(root, thief));
        AwaitGate(root, "webserver_x");
        thief.Steal();
        Open(root);

        var error = Assert.Throws<WorktreeHooksException>(() => start.GetAwaiter().GetResult());

        Assert.Equal(ErrorCatalogue.ComposeStartFailed, error.Diagnostic.Definition);
        Assert.Contains("4 times in a row", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, thief.Taken);
        Assert.Empty(EngineStack.Ids("webserver_x"));
        stack.Start(root);
        Assert.Equal("hello", stack.Answer(stack.Port(root)));
    }

    private static void AwaitGate(string root, string project) =>
        PrivateEngine.Await(
            "the gate runs",
            () =>
                File.Exists(Path.Combine(root, "gate", "runs"))
                && EngineStack.Ids(project, "web").Length == 1
        );

    private static void Open(string root) =>
        File.WriteAllText(Path.Combine(root, "gate", "open"), "");

    /// <summary>Takes each new port as soon as it is told of.</summary>
    private sealed class Thief(Func<int> port) : Narrator, IDisposable
    {
        private readonly List<Socket> taken = [];

        public int Taken => taken.Count;

        public void Steal() => taken.Add(PortProbe.Listen(port()));

        public override void Say(string line)
        {
            // a thief does not listen to that
        }

        public override void Warn(Diagnostic diagnostic)
        {
            if (diagnostic.Definition == ErrorCatalogue.PortReplaced)
            {
                Steal();
            }
        }

        public void Dispose() => taken.ForEach(s => s.Dispose());
    }
}
