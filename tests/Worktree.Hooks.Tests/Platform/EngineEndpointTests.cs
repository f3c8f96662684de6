using System.Security.Cryptography;
using System.Text;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Platform;

/// <summary>Where the engine is looked for; none needs to be there.</summary>
public sealed class EngineEndpointTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void DOCKER_HOST_comes_before_everything_else()
    {
        WriteContext("ours", "tcp://192.0.2.7:2376");

        Assert.Equal(
            "tcp://192.0.2.8:2375",
            Find(("DOCKER_HOST", "tcp://192.0.2.8:2375"), ("DOCKER_CONTEXT", "ours"))
        );
    }

    [Fact]
    public void The_context_that_DOCKER_CONTEXT_or_the_configuration_names_is_read()
    {
        WriteContext("ours", "tcp://192.0.2.7:2376");
        Assert.Equal("tcp://192.0.2.7:2376", Find(("DOCKER_CONTEXT", "ours")));

        File.WriteAllText(folder.At("config", "config.json"), """{ "currentContext": "ours" }""");
        Assert.Equal("tcp://192.0.2.7:2376", Find());
    }

    // DOCKER_TLS_VERIFY=1 DOCKER_HOST=tcp://build.example docker version: "Get https://build.example:2375/…".
    [Theory]
    [InlineData("1")]
    [InlineData("")]
    public void A_host_without_a_port_has_the_one_that_the_docker_command_gives_it(string tls)
    {
        (string, string)[] variables =
        [
            ("DOCKER_HOST", "tcp://build.example"),
            ("DOCKER_TLS_VERIFY", tls),
        ];

        Assert.Equal("tcp://build.example:2375/", Find(variables));
    }

    [Fact]
    public void A_relative_folder_is_the_same_wherever_the_docker_command_runs()
    {
        var environment = HostEnvironment.Capture() with
        {
            CurrentDirectory = folder.Path,
            Variables = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["DOCKER_HOST"] = "tcp://192.0.2.8:2376",
                ["DOCKER_CONFIG"] = "config",
                ["DOCKER_CERT_PATH"] = "../tls",
            },
        };

        var led = EngineEndpoint.ForDocker(environment);

        Assert.Equal(folder.At("config"), EngineEndpoint.ConfigFolder(environment));
        Assert.Equal(folder.At("config"), led.Variable("DOCKER_CONFIG"));
        Assert.Equal(
            Path.Combine(Path.GetDirectoryName(folder.Path)!, "tls"),
            led.Variable("DOCKER_CERT_PATH")
        );
        Assert.Same(led, EngineEndpoint.ForDocker(led));
    }

    [SkippableTheory]
    [InlineData("docker.sock")]
    [InlineData("podman/podman.sock")]
    public void A_rootless_engines_socket_is_found_where_the_system_has_none(string socket)
    {
        RequireNoSystemSocket();
        var runtime = folder.At("runtime");
        var path = Write(Path.Combine(runtime, socket));

        Assert.Equal($"unix://{path}", Find(("XDG_RUNTIME_DIR", runtime)));
    }

    [SkippableTheory]
    [InlineData(".docker/run/docker.sock")]
    [InlineData(".docker/desktop/docker.sock")]
    public void Docker_Desktops_socket_is_found_where_the_system_has_none(string socket)
    {
        RequireNoSystemSocket();

        Assert.Equal($"unix://{Write(folder.At("home", socket))}", Find());
    }

    [Theory]
    [InlineData("unix:///run/docker.sock", false)]
    [InlineData("npipe://./pipe/docker_engine", false)]
    [InlineData("tcp://127.0.0.1:2375", false)]
    [InlineData("tcp://localhost:2375", false)]
    [InlineData("tcp://192.0.2.7:2375", true)]
    [InlineData("tcp://build.example:2376", true)]
    public void An_address_that_is_not_of_this_machine_is_remote(string endpoint, bool isRemote) =>
        Assert.Equal(isRemote, EngineEndpoint.IsRemote(new Uri(endpoint)));

    public void Dispose() => folder.Dispose();

    private static void RequireNoSystemSocket() =>
        Skip.If(
            Path.Exists("/var/run/docker.sock") || OperatingSystem.IsWindows(),
            "this system has an engine of its own"
        );

    private string Find(params (string Name, string Value)[] variables)
    {
        var environment = HostEnvironment.Capture() with
        {
            Variables = variables
                .Append(("HOME", folder.At("home")))
                .Append(("DOCKER_CONFIG", folder.At("config")))
                .ToDictionary(v => v.Item1, v => v.Item2, StringComparer.Ordinal),
        };
        return EngineEndpoint.Find(environment).OriginalString;
    }

    // As 'docker context create' lays it down.
    private void WriteContext(string name, string host)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        File.WriteAllText(
            Write(folder.At("config", "contexts", "meta", digest, "meta.json")),
            $$"""{ "Name": "{{name}}", "Metadata": {}, "Endpoints": { "docker": { "Host": "{{host}}", "SkipTLSVerify": false } } }"""
        );
    }

    private static string Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        return path;
    }
}
