using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Compose;

/// <summary>Which Compose is called, and how.</summary>
public sealed class ComposePluginTests
{
    private const string OnePort = "services: { a: { image: x, ports: [\"${APP_PORT}:80\"] } }\n";

    [SkippableFact]
    public void The_plugin_is_called_without_docker_in_between()
    {
        ComposeRepository.RequireCompose();
        using var repository = new ComposeRepository(("compose.yaml", OnePort));
        using var tools = new FakeTools();
        tools.Copy("docker", "/bin/false"); // a program, so no wrapper of somebody's own
        var environment = tools.In(repository.Environment);
        Skip.If(
            ComposePlugin.Find(environment, tools.At("docker")) is null,
            "the Compose plugin is in a folder that docker alone knows"
        );

        var prepared = repository.Prepare(repository.AddWorktree("x"), environment);

        Assert.Equal("webserver_x", ComposeRepository.Config(prepared)["name"]!.GetValue<string>());
    }

    [Fact]
    public void A_plugin_is_looked_for_as_docker_does_and_docker_is_asked_where_that_is_not_known()
    {
        using var folder = new TemporaryFolder();
        using var tools = new FakeTools(("wrapper", "exec podman \"$@\""));
        tools.Copy("docker", "/bin/false");
        tools.Copy("podman", "/bin/false");
        var environment = tools.In(HostEnvironment.Capture(), ("DOCKER_CONFIG", folder.Path));
        var plugin = folder.At("cli-plugins", "docker-compose");
        Directory.CreateDirectory(Path.GetDirectoryName(plugin)!);
        File.Copy("/bin/false", plugin);
        string? Found(string docker) => ComposePlugin.Find(environment, tools.At(docker));

        Assert.Equal(plugin, Found("docker"));
        Assert.Null(Found("wrapper"));
        Assert.Null(Found("podman"));
        Assert.Null(Found("no-such-file"));

        File.WriteAllText(folder.At("config.json"), """{ "cliPluginsExtraDirs": ["/opt/x"] }""");
        Assert.Null(Found("docker"));

        File.Delete(folder.At("config.json"));
        File.WriteAllText(plugin, "#!/bin/sh\nshift\n"); // it expects to be called by docker
        Assert.Null(Found("docker"));
    }

    [Theory]
    [InlineData("not a program")]
    [InlineData("")]
    public void A_plugin_that_does_not_work_is_left_to_docker(string content)
    {
        using var folder = new TemporaryFolder();
        using var repository = new ComposeRepository(("compose.yaml", OnePort));
        using var tools = new FakeTools();
        tools.Copy("docker", "/bin/false");
        var environment = tools.In(repository.Environment, ("DOCKER_CONFIG", folder.Path));
        var plugin = folder.At("cli-plugins", "docker-compose");
        Directory.CreateDirectory(Path.GetDirectoryName(plugin)!);
        File.Copy("/bin/false", plugin);
        File.WriteAllText(plugin, content);

        var error = Assert.Throws<WorktreeHooksException>(() => ComposeTool.Require(environment));

        Assert.Equal(ErrorCatalogue.ComposeUnavailable, error.Diagnostic.Definition);
    }

    [Fact]
    public void A_service_that_a_program_provides_has_no_containers()
    {
        var project = ComposeProject.Parse(
            """{ "services": { "a": { "provider": { "type": "cloud" } }, "b": { "image": "x" } } }"""
        );

        Assert.False(project.Services["a"].HasContainers);
        Assert.True(project.Services["b"].HasContainers);
    }
}
