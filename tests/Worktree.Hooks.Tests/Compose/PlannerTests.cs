using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Tests.Compose;

/// <summary>The planning alone: two readings of a file in, an override out.</summary>
public class PlannerTests
{
    [Fact]
    public void What_a_variable_makes_different_is_left_alone()
    {
        var plan = Plan(
            """{ "services": { "app": { "ports": [{ "target": 80, "published": "5073" }], "container_name": "webserver_x-app" } } }""",
            """{ "services": { "app": { "ports": [{ "target": 80, "published": "5001" }], "container_name": "webserver-app" } } }"""
        );

        Assert.Equal(new ServiceOverride(), plan.Services["app"]);
        Assert.Empty(plan.NeedsTags);
        Assert.Empty(plan.Notes);
    }

    [Fact]
    public void A_literal_that_is_a_variables_main_port_becomes_the_worktrees_port()
    {
        var plan = PlanFixed(
            """{ "services": { "db": { "ports": [{ "target": 5432, "published": "5432", "protocol": "tcp", "host_ip": "127.0.0.1" }] } } }"""
        );

        var port = Assert.Single(plan.Services["db"].Ports!);
        Assert.Equal(("5504", "127.0.0.1", "tcp"), (port.Published, port.HostIp, port.Protocol));
        Assert.Equal(["the ports of 'db'"], plan.NeedsTags);
        Assert.Equal(["db: host port 5432 is 5504 here"], plan.Notes);
    }

    [Fact]
    public void Another_literal_gets_a_leased_port_and_its_neighbours_stay()
    {
        var plan = PlanFixed(
            """{ "services": { "mail": { "ports": [{ "target": 1, "published": "8025" }, { "target": 2 }, { "target": 3, "published": "5073" }] } } }"""
        );

        Assert.Equal(
            ["28025", null, "5073"],
            plan.Services["mail"].Ports!.Select(p => p.Published)
        );
    }

    [Theory]
    [InlineData(1, "28000")]
    [InlineData(2, null)]
    public void A_range_for_one_target_is_one_port_or_the_engines_choice(
        int replicas,
        string? published
    )
    {
        var plan = PlanFixed(
            $$"""{ "services": { "web": { "scale": {{replicas}}, "ports": [{ "target": 80, "published": "8000-8009" }] } } }"""
        );

        Assert.Equal(published, Assert.Single(plan.Services["web"].Ports!).Published);
    }

    [Fact]
    public void The_literals_that_need_a_lease_are_those_that_no_variable_stands_for()
    {
        var project = Project(
            """{ "services": { "a": { "ports": [{ "target": 1, "published": "8025" }, { "target": 2, "published": "5432" }, { "target": 3, "published": "5073" }, { "target": 4 }, { "target": 5, "published": "8000-8009" }] } } }"""
        );

        Assert.Equal([8000, 8025], ComposePorts.Literals(new(project, project, Linked)).Order());
        Assert.Equal([5073, 8000, 8025], ComposePorts.Literals(new(project, null, Main)).Order());
    }

    [Fact]
    public void A_fixed_container_name_goes_and_others_still_find_it()
    {
        var plan = PlanFixed(
            """{ "services": { "db": { "container_name": "my-db", "networks": { "back": { "aliases": ["data"] }, "default": null } } } }"""
        );

        var db = plan.Services["db"];
        Assert.True(db.DropsContainerName);
        Assert.False(db.ReplacesNetworks);
        Assert.Equal(["my-db"], db.Networks!["back"].Aliases);
        Assert.Equal(["my-db"], db.Networks!["default"].Aliases);
    }

    [Fact]
    public void A_fixed_subnet_goes_with_the_addresses_in_it()
    {
        var plan = PlanFixed(
            """
            { "services": { "db": { "networks": { "back": { "ipv4_address": "10.0.0.2", "aliases": ["data"], "priority": 5 } } } },
            "networks": { "back": { "name": "webserver_x_back", "ipam": { "config": [{ "subnet": "10.0.0.0/24" }] } } } }
            """
        );

        var back = plan.Services["db"].Networks!["back"];
        Assert.True(plan.Services["db"].ReplacesNetworks);
        Assert.True(plan.Networks["back"].DropsIpam);
        Assert.Null(back.Ipv4Address);
        Assert.Equal(["data"], back.Aliases);
        Assert.Equal(5, back.Rest!["priority"].GetInt32());
    }

    [Fact]
    public void An_address_that_another_service_names_is_refused() =>
        AssertNotSeparable(
            """
            { "services": { "db": { "networks": { "back": { "ipv4_address": "10.0.0.2" } } }, "app": { "environment": { "DB": "10.0.0.2" } } },
            "networks": { "back": { "name": "b", "ipam": { "config": [{ "subnet": "10.0.0.0/24" }] } } } }
            """,
            "10.0.0.2"
        );

    [Fact]
    public void A_service_on_the_hosts_network_that_listens_where_mains_does_is_refused() =>
        AssertNotSeparable(
            """{ "services": { "agent": { "network_mode": "host", "command": ["--port=9100"] } } }""",
            "network_mode: host"
        );

    [Fact]
    public void A_service_on_the_hosts_network_with_a_port_of_the_worktree_is_left_alone()
    {
        var plan = PlanFixed(
            """{ "services": { "agent": { "network_mode": "host", "command": ["--port=5073"] } } }"""
        );

        Assert.Equal(new ServiceOverride(), plan.Services["agent"]);
    }

    [Fact]
    public void An_image_that_is_built_under_a_fixed_name_is_the_worktrees_for_all_who_use_it()
    {
        var plan = PlanFixed(
            """{ "services": { "app": { "build": { "tags": ["a:latest"] }, "image": "reg:5000/app" }, "worker": { "image": "reg:5000/app" }, "db": { "image": "postgres:15" } } }"""
        );

        Assert.Equal("reg:5000/app:webserver_x", plan.Services["app"].Image);
        Assert.Equal("reg:5000/app:webserver_x", plan.Services["worker"].Image);
        Assert.Null(plan.Services["db"].Image);
        Assert.True(plan.Services["app"].DropsBuildTags);
    }

    [Fact]
    public void Fixed_names_of_networks_and_volumes_get_the_projects_before_them()
    {
        var plan = PlanFixed(
            """
            { "networks": { "n": { "name": "net" }, "e": { "name": "proxy", "external": true }, "s": { "name": "company", "external": true, "x-worktree-hooks": "share" } },
            "volumes": { "v": { "name": "data" }, "f": { "name": "f", "driver_opts": { "type": "none", "o": "bind", "device": "/r/webserver/files" } },
            "g": { "name": "g", "driver_opts": { "type": "none", "o": "bind", "device": "/srv/files" } } } }
            """
        );

        Assert.Equal(new ResourceOverride { Name = "webserver_x_net" }, plan.Networks["n"]);
        Assert.Equal(
            new ResourceOverride { Name = "webserver_x_proxy", DropsExternal = true },
            plan.Networks["e"]
        );
        Assert.Equal(new ResourceOverride { IsLabelled = false }, plan.Networks["s"]);
        Assert.Equal(new ResourceOverride { Name = "webserver_x_data" }, plan.Volumes["v"]);
        Assert.Equal("/r/x/files", plan.Volumes["f"].Device);
        Assert.True(plan.Volumes["g"].DropsDriverOpts);
    }

    [Fact]
    public void A_mount_of_mains_folder_leads_to_the_worktrees_own()
    {
        var plan = PlanFixed(
            """
            { "services": { "db": { "volumes": [
            { "type": "bind", "source": "/r/webserver/postgres_data", "target": "/data", "read_only": true },
            { "type": "bind", "source": "/r/webserver-other/x", "target": "/x" },
            { "type": "volume", "source": "cache", "target": "/c" }] } } }
            """
        );

        var mount = Assert.Single(plan.Services["db"].Mounts!);
        Assert.Equal(
            ("/r/x/postgres_data", "/data", true),
            (mount.Source, mount.Target, mount.ReadOnly)
        );
    }

    [Fact]
    public void Main_gets_nothing_but_its_label()
    {
        var project = Project(
            """
            { "services": { "db": { "container_name": "my-db", "network_mode": "host", "ports": [{ "target": 1, "published": "5432" }] } },
            "networks": { "n": { "name": "net" }, "e": { "name": "proxy", "external": true } } }
            """
        );
        var plan = ComposePlanner.Plan(new(project, null, Main));

        Assert.Equal(new ServiceOverride(), plan.Services["db"]);
        Assert.Equal(new ResourceOverride(), plan.Networks["n"]);
        Assert.Equal(new ResourceOverride { IsLabelled = false }, plan.Networks["e"]);
        Assert.Empty(plan.NeedsTags);
    }

    [Fact]
    public void The_label_survives_the_variables_and_characters_of_a_path()
    {
        var project = Project("""{ "services": { "a": {} } }""");
        var text = ComposeOverrideFile.Write(
            ComposePlanner.Plan(new(project, null, Main)),
            "/r/$HOME/über 'x'/\U0001F600"
        );

        Assert.Contains("\"/r/$$HOME/über 'x'/", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\\ud83d", text, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("v2.24.4\n", true)]
    [InlineData("2.26.1-4", true)]
    [InlineData("5.0.0", true)]
    [InlineData("2.24.3", false)]
    [InlineData("2.9.0", false)]
    [InlineData("1.29.2", false)]
    public void Versions_compare_by_their_numbers(string text, bool knowsOverrides) =>
        Assert.Equal(
            knowsOverrides,
            ComposeVersion.Parse(text)!.IsAtLeast(ComposeVersion.FirstWithOverride)
        );

    [Fact]
    public void A_build_without_a_number_has_no_version() =>
        Assert.Null(ComposeVersion.Parse("dev\n"));

    private static readonly int[] MainPorts = [443, 5001, 5432];
    private static readonly int[] LinkedPorts = [4502, 5073, 5504];

    private static Allocation Linked { get; } = AllocationOf(isMain: false);

    private static Allocation Main { get; } = AllocationOf(isMain: true);

    private static ComposeProject Project(string json) => ComposeProject.Parse(json);

    private static ComposePlan Plan(string own, string asMain) =>
        ComposePlanner.Plan(new(Project(own), Project(asMain), Linked));

    private static ComposePlan PlanFixed(string json) => Plan(json, json);

    private static void AssertNotSeparable(string json, string evidence)
    {
        var error = Assert.Throws<WorktreeHooksException>(() => PlanFixed(json));
        Assert.Equal(ErrorCatalogue.ComposeNotSeparable, error.Diagnostic.Definition);
        Assert.Contains(evidence, error.Message, StringComparison.Ordinal);
    }

    private static Allocation AllocationOf(bool isMain)
    {
        var root = isMain ? "/r/webserver" : "/r/x";
        return new Allocation
        {
            Identity = new WorktreeIdentity
            {
                Checkout = new Checkout
                {
                    Root = root,
                    GitDirectory = isMain ? "/r/webserver/.git" : "/r/webserver/.git/worktrees/x",
                    CommonDirectory = "/r/webserver/.git",
                },
                IsMain = isMain,
                Name = isMain ? "main" : "x",
                Project = "webserver",
                MainRoot = "/r/webserver",
            },
            Configuration = new WorktreeConfiguration(),
            ProjectName = isMain ? "webserver" : "webserver_x",
            Host = "x.dev.localhost",
            Ports =
            [
                .. PortVariable.Defaults.Zip(
                    isMain ? MainPorts : LinkedPorts,
                    (v, p) => new AllocatedPort(v, p)
                ),
            ],
            LiteralPorts = new Dictionary<int, int> { [8000] = 28000, [8025] = 28025 },
            Variables = [],
        };
    }
}
