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
        tools.Link("docker", "/bin/false"); // a program, so no wrapper of somebody's own
        var environment = tools.In(repository.Environment);
        Skip.If(
            ComposePlugin.Find(environment, tools.At("docker")) is null,
            "the Compose plugin is in a folder that docker alone knows"
        );

        var prepared = repository.Prepare(repository.AddWorktree("x"), environment);

        Assert.Equal("webserver_x", ComposeRepository.Config(prepared)["name"]!.GetValue<string>());
    }

    [Fact]
    public void A_plugin_is_looked_for_where_docker_looks_first_and_docker_is_asked_where_that_is_not_known()
    {
        using var folder = new TemporaryFolder();
        using var tools = new FakeTools(("wrapper", "exec podman \"$@\""));
        tools.Link("docker", "/bin/false");
        var environment = tools.In(HostEnvironment.Capture(), ("DOCKER_CONFIG", folder.Path));
        var plugin = folder.At("cli-plugins", "docker-compose");
        Directory.CreateDirectory(Path.GetDirectoryName(plugin)!);
        File.Copy("/bin/false", plugin);

        Assert.Equal(plugin, ComposePlugin.Find(environment, tools.At("docker")));
        Assert.Null(ComposePlugin.Find(environment, tools.At("wrapper")));
        Assert.Null(ComposePlugin.Find(environment, tools.At("no-such-file")));

        File.SetUnixFileMode(plugin, UnixFileMode.UserRead); // docker says what is wrong with it
        Assert.Null(ComposePlugin.Find(environment, tools.At("docker")));

        File.Delete(plugin);
        File.WriteAllText(folder.At("config.json"), """{ "cliPluginsExtraDirs": ["/opt/x"] }""");
        Assert.Null(ComposePlugin.Find(environment, tools.At("docker")));
    }

    [Fact]
    public void A_service_that_a_program_provides_is_not_waited_for()
    {
        var project = ComposeProject.Parse(
            """{ "services": { "a": { "provider": { "type": "cloud" } }, "b": { "image": "x" } } }"""
        );

        Assert.True(project.Services["a"].HasProvider);
        Assert.False(project.Services["b"].HasProvider);
    }
}
