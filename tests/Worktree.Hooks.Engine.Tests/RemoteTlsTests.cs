using System.Security.Authentication;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Engine.Tests;

/// <summary>An engine behind TLS that asks its clients for certificates; the docker command is the witness.</summary>
public sealed class RemoteTlsTests : IDisposable
{
    private const string Web = """
        services:
          web: { image: busybox, command: sleep 1000, init: true }

        """;

    private readonly TemporaryFolder folder = new();
    private readonly TlsCertificates certificates = new();

    [SkippableTheory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public void An_engine_is_reached_with_the_certificates_that_variables_name(
        SslProtocols protocols
    )
    {
        PrivateEngine.Require();
        using var front = Front(protocols);
        var environment = Environment(front);
        var id = PrivateEngine.Docker("run", "--detach", "busybox", "sleep", "100");
        Assert.Equal(0, Docker(environment, "ps").ExitCode);

        using var engine = ContainerEngine.Connect(environment, CancellationToken.None);

        Assert.Equal(id, Assert.Single(engine.Containers(CancellationToken.None)).Id);
        Assert.True(front.Asked > 0);
    }

    [SkippableFact]
    public void An_engine_is_reached_with_the_certificates_of_the_docker_context()
    {
        PrivateEngine.Require();
        using var front = Front();
        var files = certificates.WriteTo(folder.At("files"));
        var environment = PlainEnvironment
            .With("DOCKER_HOST", "")
            .With("DOCKER_CONFIG", folder.At("config"))
            .With("DOCKER_CONTEXT", "ours");
        var settings =
            $"host={front.Address},ca={files}/ca.pem,cert={files}/cert.pem,key={files}/key.pem";
        var created = Docker(
            environment.With("DOCKER_CONTEXT", ""),
            ["context", "create", "ours", "--docker", settings]
        );
        Assert.True(created.ExitCode == 0, created.ErrorOutput);
        Directory.Delete(files, recursive: true);

        using var engine = ContainerEngine.Connect(environment, CancellationToken.None);

        Assert.Empty(engine.Containers(CancellationToken.None));
        Assert.True(front.Asked > 0);
    }

    [SkippableTheory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public void A_command_in_a_container_is_talked_with_line_by_line(SslProtocols protocols)
    {
        PrivateEngine.Require();
        using var front = Front(protocols);
        var id = PrivateEngine.Docker("run", "--detach", "busybox", "sleep", "100");
        using var engine = ContainerEngine.Connect(Environment(front), CancellationToken.None);

        using var session = engine.Attach(
            id,
            [
                "sh",
                "-c",
                "while read x; [ $x != end ]; do echo \"got $x\"; done; echo bye >&2; exit 4",
            ],
            CancellationToken.None
        );
        session.WriteLine("1");
        Assert.Equal("got 1", session.ReadLine());
        session.WriteLine("end");

        Assert.Null(session.ReadLine());
        Assert.Equal("bye\n", session.ErrorOutput);
        Assert.Equal(4, session.ExitCode());
    }

    [SkippableTheory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public void A_command_runs_in_a_container_to_its_end(SslProtocols protocols)
    {
        PrivateEngine.Require();
        using var front = Front(protocols);
        var id = PrivateEngine.Docker("run", "--detach", "busybox", "sleep", "100");
        using var engine = ContainerEngine.Connect(Environment(front), CancellationToken.None);

        var result = engine.Exec(id, ["sh", "-c", "cat; echo end"], CancellationToken.None);

        Assert.Equal(new EngineExecResult(0, "end\n", ""), result);
    }

    [SkippableFact]
    public void A_connection_that_breaks_while_a_command_is_talked_with_is_one_to_no_engine()
    {
        PrivateEngine.Require();
        using var front = Front();
        var id = PrivateEngine.Docker("run", "--detach", "busybox", "sleep", "100");
        using var engine = ContainerEngine.Connect(Environment(front), CancellationToken.None);
        using var session = engine.Attach(id, ["cat"], CancellationToken.None);
        session.WriteLine("1");
        Assert.Equal("1", session.ReadLine());

        front.Cut();

        AssertBroken(front, Assert.Throws<EngineException>(() => session.ReadLine()));
        AssertBroken(front, Assert.Throws<EngineException>(() => session.WriteLine("2")));
    }

    [SkippableFact]
    public async Task A_connection_that_breaks_while_a_command_runs_is_one_to_no_engine()
    {
        PrivateEngine.Require();
        using var front = Front();
        var id = PrivateEngine.Docker("run", "--detach", "busybox", "sleep", "100");
        using var engine = ContainerEngine.Connect(Environment(front), CancellationToken.None);
        var running = Task.Run(() => engine.Exec(id, ["sleep", "77"], CancellationToken.None));
        PrivateEngine.Await(
            "it runs",
            () => PrivateEngine.Docker("top", id).Contains("sleep 77", StringComparison.Ordinal)
        );

        front.Cut();

        AssertBroken(front, await Assert.ThrowsAsync<EngineException>(() => running));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_engine_is_reached_whose_issuer_or_own_certificate_alone_is_known(bool isOwn)
    {
        PrivateEngine.Require();
        using var issuer = certificates.Issuer();
        using var server = issuer.ForServer();
        using var front = new TlsFront(Socket, server, certificates.Authority);
        var environment = Environment(front);
        var known = isOwn ? server : issuer.Authority;
        File.WriteAllText(folder.At("tls", "ca.pem"), known.ExportCertificatePem());
        Assert.Equal(0, Docker(environment, "ps").ExitCode);

        using var engine = ContainerEngine.Connect(environment, CancellationToken.None);

        Assert.Empty(engine.Containers(CancellationToken.None));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_compose_file_is_started_and_stopped_there(bool isRelative)
    {
        PrivateEngine.Require();
        using var front = Front();
        using var stack = new EngineStack(Web);
        var environment = Environment(front, stack.Repository.Environment);
        foreach (var variable in isRelative ? new[] { "DOCKER_CERT_PATH", "DOCKER_CONFIG" } : [])
        {
            environment = environment.With(
                variable,
                Path.GetRelativePath(environment.CurrentDirectory, environment.Variable(variable)!)
            );
        }
        var commands = new StackCommands(environment, stack.Root, stack.Narrator);

        commands.Start(new StackOptions(), CancellationToken.None);
        Assert.Contains("web is ready", stack.Narrator.Lines);
        Assert.Single(EngineStack.Ids("webserver"));
        commands.Stop(CancellationToken.None);

        Assert.Empty(EngineStack.Ids("webserver"));
    }

    [Fact]
    public void An_engine_whose_authority_is_another_is_refused()
    {
        using var front = Front();
        using var others = new TlsCertificates();
        var environment = Environment(front);
        File.WriteAllText(folder.At("tls", "ca.pem"), others.Authority.ExportCertificatePem());

        var refused = Refused(environment);

        Assert.Contains($"'{front.Address}", refused.Message, StringComparison.Ordinal);
        Assert.Contains(
            $"'{folder.At("tls", "ca.pem")}'",
            refused.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(0, front.Asked);
    }

    [Fact]
    public void An_engine_whose_certificate_is_of_another_host_is_refused()
    {
        using var server = certificates.ForServer("192.0.2.9");
        using var front = new TlsFront(Socket, server, certificates.Authority);

        var refused = Refused(Environment(front));

        Assert.Contains("RemoteCertificateNameMismatch", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Any_certificate_of_the_engine_is_taken_where_verification_is_not_asked_for()
    {
        PrivateEngine.Require();
        using var server = certificates.ForServer("192.0.2.9");
        using var front = new TlsFront(Socket, server, certificates.Authority);
        var environment = Environment(front).With("DOCKER_TLS_VERIFY", "").With("DOCKER_TLS", "1");

        using var engine = ContainerEngine.Connect(environment, CancellationToken.None);

        Assert.Empty(engine.Containers(CancellationToken.None));
    }

    [Theory]
    [InlineData("cert.pem", SslProtocols.Tls12)]
    [InlineData("cert.pem", SslProtocols.Tls13)]
    [InlineData("key.pem", SslProtocols.Tls13)]
    public void A_file_of_the_client_that_is_missing_is_named_where_the_engine_wants_it(
        string file,
        SslProtocols protocols
    )
    {
        using var front = Front(protocols);
        var environment = Environment(front);
        File.Delete(folder.At("tls", file));

        var refused = Refused(environment);

        Assert.Contains($"there is no '{folder.At("tls", file)}'", refused.Message);
        Assert.Contains($"'{front.Address}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_the_engine_refuses_is_told_with_its_address()
    {
        using var front = Front();
        using var others = new TlsCertificates();
        var environment = Environment(front);
        others.WriteTo(folder.At("tls"));
        File.WriteAllText(
            folder.At("tls", "ca.pem"),
            certificates.Authority.ExportCertificatePem()
        );

        Assert.Contains($"'{front.Address}", Refused(environment).Message);
    }

    [Fact]
    public void Who_starts_a_stack_reads_it_in_one_line()
    {
        using var front = Front();
        using var repository = new TestRepository();
        repository.Write("compose.yaml", Web);
        var environment = Environment(front, repository.Environment);
        File.Delete(folder.At("tls", "ca.pem"));

        var answer = ChildProcess.Run(environment, repository.Root, RunnerProgram.Path, ["start"]);

        RunnerProgram.AssertRefused(answer, ErrorCatalogue.EngineEndpointUnusable);
        Assert.Contains(folder.At("tls", "ca.pem"), answer.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("DOCKER_CERT_PATH", answer.ErrorOutput, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        if (PrivateEngine.IsThere)
        {
            PrivateEngine.Clean();
        }
        certificates.Dispose();
        folder.Dispose();
    }

    private static HostEnvironment PlainEnvironment => HostEnvironment.Capture();

    // Where there is no engine, nobody gets as far as that.
    private static string Socket =>
        PrivateEngine.IsThere
            ? new Uri(PlainEnvironment.Variable("DOCKER_HOST")!).AbsolutePath
            : "/no/such.sock";

    private TlsFront Front(SslProtocols protocols = SslProtocols.None) =>
        new(Socket, certificates.ForServer(), certificates.Authority, protocols);

    private HostEnvironment Environment(TlsFront front, HostEnvironment? around = null) =>
        (around ?? PlainEnvironment)
            .With("DOCKER_HOST", front.Address)
            .With("DOCKER_TLS_VERIFY", "1")
            .With("DOCKER_CERT_PATH", certificates.WriteTo(folder.At("tls")));

    private static void AssertBroken(TlsFront front, EngineException broken)
    {
        Assert.Equal(EngineFault.Unreachable, broken.Fault);
        Assert.Contains($"'{front.Address}", broken.Message, StringComparison.Ordinal);
    }

    private static EngineException Refused(HostEnvironment environment)
    {
        var refused = Assert.Throws<EngineException>(() =>
            ContainerEngine.Connect(environment, CancellationToken.None)
        );
        Assert.Equal(EngineFault.UnusableCertificates, refused.Fault);
        Assert.Equal(
            ErrorCatalogue.EngineEndpointUnusable,
            EngineErrors.Of(refused, "service 'db'").Diagnostic.Definition
        );
        return refused;
    }

    private static ProcessResult Docker(HostEnvironment environment, params string[] command) =>
        ChildProcess.Run(environment, Path.GetTempPath(), "docker", command);
}
