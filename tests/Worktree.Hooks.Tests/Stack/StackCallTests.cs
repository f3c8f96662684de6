using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Stack;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Stack;

/// <summary>StartStack and RestartStack, done by the tool for a process that waits for it.</summary>
public sealed class StackCallTests : IDisposable
{
    private static readonly StackCall Start = new(IsRestart: false, new StackOptions(), "");

    private readonly TestRepository repository = new();
    private readonly RecordingNarrator narrator = new();

    public void Dispose()
    {
        new StackCommands(
            repository.Environment,
            repository.Root,
            new RecordingNarrator()
        ).StopProcesses(CancellationToken.None);
        repository.Dispose();
    }

    [Fact]
    public void Its_steps_are_heard_as_if_it_were_done_here()
    {
        WriteServices("""  "app": { "command": "sleep 1000" } """);
        Assert.True(RunByTool(Start));
        Assert.True(RunByTool(Start with { IsRestart = true }));
        var heard = narrator.Lines.ToList();
        Start.Run(repository.Environment, repository.Root, narrator, CancellationToken.None);

        Assert.Contains("starting app", heard);
        Assert.Contains("app is ready", heard);
        Assert.Contains("stopped app", heard);
        Assert.Contains("the stack runs already; nothing was changed", narrator.Lines);
        Assert.Single(Running());
    }

    [Fact]
    public void What_stops_it_has_its_code_its_place_and_its_words()
    {
        repository.Write("worktree.json", "{\n  \"services\": { \"app\": { \"comand\": 1 } }\n}\n");

        var there = Assert.Throws<WorktreeHooksException>(() => RunByTool(Start)).Diagnostic;
        var here = Assert
            .Throws<WorktreeHooksException>(() =>
                Start.Run(repository.Environment, repository.Root, narrator, CancellationToken.None)
            )
            .Diagnostic;

        Assert.Equal(2, there.Line);
        Assert.Equal(here.Definition.Code, there.Definition.Code);
        Assert.Equal(here.Definition.Name, there.Definition.Name);
        Assert.Equal(
            (here.Message, here.File, here.Line, here.Column),
            (there.Message, there.File, there.Line, there.Column)
        );
    }

    [Fact]
    public void The_hook_is_installed_by_the_way_and_trouble_with_it_is_a_warning()
    {
        WriteServices("""  "app": { "command": "sleep 1000" } """);
        Assert.True(RunByTool(Start with { HookFolder = BuiltFolder.Runner }));
        Assert.Contains(
            narrator.Lines,
            l => l.StartsWith("the hook was installed in", StringComparison.Ordinal)
        );

        File.WriteAllText(Path.Combine(repository.Outside, "file"), "");
        var call = Start with { HookFolder = Path.Combine(repository.Outside, "file") };
        Assert.True(RunByTool(call));
        Assert.Equal(
            ErrorCatalogue.HookNotInstalled.Code,
            Assert.Single(narrator.Warnings).Definition.Code
        );
    }

    [Fact]
    public async Task A_cancellation_here_takes_back_there_what_had_begun()
    {
        WriteServices("""  "app": { "command": "exec sleep 1000", "ready": { "tcp": 1 } } """);
        using var cancellation = new CancellationTokenSource();
        var start = Task.Run(() => RunByTool(Start, cancellation.Token));
        while (!narrator.Lines.Contains("starting app"))
        {
            Assert.False(start.IsCompleted);
            await Task.Delay(10);
        }
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
        Assert.Empty(Running());
    }

    [Fact]
    public void The_death_of_whoever_waits_takes_it_back_too()
    {
        WriteServices("""  "app": { "command": "exec sleep 1000", "ready": { "tcp": 1 } } """);

        // What writes to the tool's input ends once the service was started, and with it the input.
        var result = ChildProcess.Run(
            repository.Environment,
            repository.Root,
            "bash",
            [
                "-c",
                "{ until grep -qs 'starting app' said; do sleep 0.05; done; } | \"$@\" > said; echo ${PIPESTATUS[1]}",
                "bash",
                RunnerProgram.Path,
                .. Start.ToArguments(),
            ]
        );

        Assert.Equal("130\n", result.Output);
        Assert.Empty(Running());
    }

    [Fact]
    public void A_tool_that_cannot_be_started_did_nothing()
    {
        Assert.False(RunByTool(Start, Script("exit 0", UnixFileMode.UserRead)));
        Assert.False(RunByTool(Start, Path.Combine(repository.Outside, "none")));
    }

    [Fact]
    public void A_tool_that_ended_without_a_word_did_nothing_either() =>
        Assert.False(
            RunByTool(
                Start,
                Script(
                    "echo no such library >&2; exit 1",
                    UnixFileMode.UserRead | UnixFileMode.UserExecute
                )
            )
        );

    [Fact]
    public void A_tool_that_had_begun_and_does_not_say_why_it_ended_is_an_error()
    {
        var tool = Script(
            "echo begun; echo something happened >&2; exit 3",
            UnixFileMode.UserRead | UnixFileMode.UserExecute
        );

        var error = Assert.Throws<WorktreeHooksException>(() => RunByTool(Start, tool)).Diagnostic;

        Assert.Equal(ErrorCatalogue.UnexpectedError, error.Definition);
        Assert.Contains("exit code 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("something happened", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false, false, "")]
    [InlineData(false, true, false, "/a folder/hook")]
    [InlineData(true, false, true, "")]
    public void Its_arguments_say_all_that_was_asked_for(
        bool isRestart,
        bool keep,
        bool sync,
        string hookFolder
    )
    {
        var call = new StackCall(isRestart, new StackOptions(keep, sync), hookFolder);

        Assert.Equal(call, StackCall.TryParse(call.ToArguments()));
        Assert.Null(StackCall.TryParse([.. call.ToArguments(), "more"]));
        Assert.Null(StackCall.TryParse(["start"]));
    }

    [Fact]
    public void Lines_within_a_text_and_what_is_no_narration_are_heard_too()
    {
        var relay = new Relay(narrator);
        var other = new RelayingNarrator(relay.Hear);

        other.Say("two\nlines");
        other.Warn(new Diagnostic(ErrorCatalogue.NoStack, "a\tb\r\nc"));
        relay.Hear("from elsewhere");

        Assert.Equal(["two\nlines", "from elsewhere"], narrator.Lines);
        Assert.Equal("a\tb\nc", Assert.Single(narrator.Warnings).Message);
    }

    private bool RunByTool(StackCall call, CancellationToken cancellation = default) =>
        call.TryRunBy(
            RunnerProgram.Path,
            repository.Environment,
            repository.Root,
            narrator,
            cancellation
        );

    private bool RunByTool(StackCall call, string tool) =>
        call.TryRunBy(
            tool,
            repository.Environment,
            repository.Root,
            narrator,
            CancellationToken.None
        );

    private string Script(string text, UnixFileMode mode)
    {
        var script = Path.Combine(repository.Outside, $"tool-{mode}");
        File.WriteAllText(script, $"#!/bin/sh\n{text}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script, mode);
        }
        return script;
    }

    private void WriteServices(string services) =>
        repository.Write(
            "worktree.json",
            $$"""{ "databases": [], "services": { {{services}} } }"""
        );

    private IReadOnlyList<StartedService> Running() =>
        new ServiceStack(
            repository.Environment,
            CheckoutLocator.Locate(repository.Root),
            narrator
        ).Running;
}
