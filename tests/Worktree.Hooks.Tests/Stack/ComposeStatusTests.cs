using Worktree.Hooks.Configuration;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Stack;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Stack;

/// <summary>What <c>status</c> knows of a compose file's stack without Compose, and mostly without an engine.</summary>
public sealed class ComposeStatusTests : IDisposable
{
    private const string Compose = "services: { web: { image: busybox } }";

    private static readonly ComposeRecord Record = new([
        new("migrate", IsOneShot: true),
        new("db", IsOneShot: false),
        new("web", IsOneShot: false),
    ]);

    private readonly TestRepository repository = new();
    private readonly RecordingNarrator narrator = new();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void A_compose_file_that_was_never_started_is_a_stopped_stack_whose_services_are_not_known()
    {
        Assert.Equal("no stack", Status().State);

        repository.Write("compose.yaml", Compose);

        Assert.Equal("stopped", Status().State);
        Assert.Empty(Status().Services);
    }

    [Fact]
    public void What_the_last_start_wanted_is_stopped_where_no_container_is_left()
    {
        repository.Write("compose.yaml", Compose);
        Save(Record);

        Assert.Equal("stopped", Status().State);
        Assert.Equal(
            ["db stopped", "migrate stopped", "web stopped"],
            Status().Services.Select(s => $"{s.Name} {s.State}")
        );
        Assert.All(Status().Services, s => Assert.Null(s.Log ?? s.Container));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{ "services": null }""")]
    [InlineData("""{ "services": [null] }""")]
    [InlineData("""{ "services": [{ "name": null, "isOneShot": false }] }""")]
    [InlineData("""{ "services": [{ "name": "web" }] }""")]
    public void A_damaged_record_is_as_none(string content)
    {
        repository.Write("compose.yaml", Compose);
        Save(Record);
        File.WriteAllText(Path.Combine(Checkout.StateDirectory, "compose-services.json"), content);

        Assert.Null(ComposeRecord.Load(Checkout));
        Assert.Equal("stopped", Status().State);
        Assert.Empty(Status().Services);
        Assert.Empty(narrator.Warnings);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "compose": "gone.yaml" }""")]
    public void A_compose_file_that_is_gone_was_no_stack_unless_containers_of_it_are_there(
        string settings
    )
    {
        repository.Write("worktree.json", settings);
        Save(Record);

        Assert.Equal("no stack", Status().State);
        Assert.Empty(Status().Services);

        Assert.Equal("no stack", With().State);
        Assert.Equal("running", With(Container("other", "running")).State);
        var left = With(Container("web", "running"));
        Assert.Equal("partly running", left.State);
        Assert.Equal(["db", "migrate", "web"], left.Services.Select(s => s.Name));
    }

    [Fact]
    public void Services_in_worktree_json_come_before_the_record()
    {
        repository.Write("compose.yaml", Compose);
        repository.Write(
            "worktree.json",
            """{ "services": { "app": { "command": "sleep 1000" } } }"""
        );
        Save(Record);

        Assert.Equal("app", Assert.Single(Status().Services).Name);
    }

    [Fact]
    public void Of_a_damaged_worktree_json_nobody_knows_whether_it_names_services()
    {
        Save(Record);

        var stack = With(known: null, Container("web", "running"));

        Assert.Equal("web", Assert.Single(stack.Services).Name);
        Assert.Equal("running", stack.State);
    }

    [Theory]
    [InlineData("running", "web running", "db running")]
    [InlineData("running", "web running", "db running", "migrate done")]
    [InlineData("running", "web running", "db running", "migrate stopped")]
    [InlineData("partly running", "web running")]
    [InlineData("partly running", "web running", "db stopped", "migrate done")]
    [InlineData("partly running", "web running", "db unhealthy", "migrate done")]
    [InlineData("stopped", "migrate running")]
    [InlineData("stopped", "web stopped", "migrate done")]
    public void A_missing_container_counts_and_a_step_does_not(
        string state,
        params string[] containers
    )
    {
        repository.Write("compose.yaml", Compose);
        Save(Record);

        var stack = With([
            .. containers.Select(c => c.Split(' ')).Select(c => Container(c[0], c[1])),
        ]);

        Assert.Equal(state, stack.State);
        Assert.Equal(["db", "migrate", "web"], stack.Services.Select(s => s.Name));
    }

    [Fact]
    public void The_table_has_the_ports_whose_url_it_does_not_show()
    {
        repository.Write(
            "worktree.json",
            """
            { "ports": {
                "POSTGRES_PORT": { "main": 48300 }, "HTTPS_PORT": { "main": 48301 }, "APP_PORT": { "main": 48302 }
            } }
            """
        );
        Assert.Equal(("", ""), PortsAndUrl());

        SetupOf.Worktree(repository, repository.Root);

        Assert.Equal(
            ("POSTGRES_PORT 48300, APP_PORT 48302", "https://webserver.dev.localhost:48301"),
            PortsAndUrl()
        );
    }

    private Checkout Checkout => CheckoutLocator.Locate(repository.Root);

    private void Save(ComposeRecord record)
    {
        Directory.CreateDirectory(Checkout.StateDirectory);
        record.Save(Checkout);
    }

    private StatusStack With(params ServiceRow[] containers) =>
        With(KnownWorktree.Of(Checkout), containers);

    private StatusStack With(KnownWorktree? known, params ServiceRow[] containers) =>
        new StatusServices(repository.Environment, Checkout, known, ProcessMemory.Query()).With(
            containers
        );

    private StatusReport Report() =>
        StatusReport.Query(repository.Environment, repository.Root, narrator);

    private StatusRow Status() => Assert.Single(Report().Worktrees);

    private (string Ports, string Url) PortsAndUrl()
    {
        var table = Report().Table(repository.Environment.Clock);
        Assert.Equal(["ports", "url"], table.Header.TakeLast(2));
        var row = Assert.Single(table.Rows);
        return (row[^2], row[^1]);
    }

    private static ServiceRow Container(string name, string state) =>
        new(
            name,
            state,
            null,
            DateTimeOffset.UnixEpoch,
            null,
            Log: null,
            $"webserver-{name}-1",
            null
        );
}
