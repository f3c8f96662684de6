using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Platform;

/// <summary>
/// Which certificates of an engine are taken where <c>ca.pem</c> has no root, in real handshakes: as of the docker command,
/// those that any certificate of it issued, and itself.
/// </summary>
public sealed class EngineTrustTests : IDisposable
{
    private static readonly DateTimeOffset Past = TimeProvider.System.GetUtcNow().AddHours(-1);

    private readonly TemporaryFolder folder = new();
    private readonly TlsCertificates root = new();
    private readonly TlsCertificates issuer;

    public EngineTrustTests() => issuer = root.Issuer();

    [Fact]
    public async Task An_engine_is_taken_whose_issuer_is_known_and_not_the_root_above_it()
    {
        using var server = issuer.ForServer();

        Assert.Null(await Refusal(server, issuer.Authority));
        Assert.NotNull(await Refusal(server, root.Authority));
        Assert.Null(await Refusal(server, root.Authority, issuer.Authority));
    }

    [Fact]
    public async Task An_engine_is_taken_whose_own_certificate_is_known()
    {
        using var server = root.ForServer();

        Assert.Null(await Refusal(server, server));
    }

    [Fact]
    public async Task Another_host_is_refused_whoever_issued_its_certificate()
    {
        const string why = "RemoteCertificateNameMismatch";
        using var server = issuer.ForServer("192.0.2.9");

        Assert.Contains(why, await Refusal(server, issuer.Authority), StringComparison.Ordinal);
        Assert.Contains(why, await Refusal(server, server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_certificate_is_refused_whoever_issued_it()
    {
        const string why = "NotTimeValid";
        using var server = issuer.ForServer(end: Past);

        Assert.Contains(why, await Refusal(server, issuer.Authority), StringComparison.Ordinal);
        Assert.Contains(why, await Refusal(server, server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_only_says_that_the_issuer_issued_it_is_refused()
    {
        using var others = new TlsCertificates();
        using var impostor = others.Issuer();
        Assert.Equal(issuer.Authority.Subject, impostor.Authority.Subject);
        using var server = impostor.ForServer();

        Assert.NotNull(await Refusal(server, issuer.Authority));
        Assert.NotNull(await Refusal(server, issuer.Authority, root.Authority));
    }

    [SkippableFact]
    public async Task An_engine_may_show_the_root_that_is_not_known_too()
    {
        using var server = issuer.ForServer();
        using var engine = ShowAll(server, issuer.Authority, root.Authority);
        try
        {
            var line = "";
            while (!line!.StartsWith("ACCEPT ", StringComparison.Ordinal))
            {
                line = await engine.StandardOutput.ReadLineAsync();
            }
            var port = int.Parse(line.Split(':')[^1], CultureInfo.InvariantCulture);

            Assert.Null(Refusal(port, issuer.Authority));
        }
        finally
        {
            engine.Kill();
        }
    }

    public void Dispose()
    {
        issuer.Dispose();
        root.Dispose();
        folder.Dispose();
    }

    // Null where it is taken.
    private async Task<string?> Refusal(
        X509Certificate2 server,
        params X509Certificate2[] authorities
    )
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Serve(listener, server);
        var refusal = Refusal(((IPEndPoint)listener.LocalEndpoint).Port, authorities);
        await serving;
        return refusal;
    }

    private string? Refusal(int port, params X509Certificate2[] authorities)
    {
        using var tls = Trusting(authorities);
        using var client = new TcpClient("127.0.0.1", port);
        using var stream = new SslStream(client.GetStream());
        try
        {
            stream.AuthenticateAsClient(tls.OptionsFor("127.0.0.1"));
            return null;
        }
        catch (AuthenticationException e)
        {
            return e.Message;
        }
    }

    private EngineTls Trusting(X509Certificate2[] authorities)
    {
        File.WriteAllText(
            Path.Combine(root.WriteTo(folder.At("tls")), "ca.pem"),
            string.Join('\n', authorities.Select(a => a.ExportCertificatePem()))
        );
        var environment = HostEnvironment.Capture() with
        {
            Variables = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["DOCKER_HOST"] = "tcp://127.0.0.1:2376",
                ["DOCKER_TLS_VERIFY"] = "1",
                ["DOCKER_CERT_PATH"] = folder.At("tls"),
            },
        };
        return EngineTls.Find(environment, EngineEndpoint.Find(environment))!;
    }

    private static async Task Serve(TcpListener listener, X509Certificate2 certificate)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await using var stream = new SslStream(client.GetStream());
        try
        {
            await stream.AuthenticateAsServerAsync(certificate);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            // The client does not take it.
        }
    }

    // .NET shows no root.
    private Process ShowAll(X509Certificate2 server, params X509Certificate2[] above)
    {
        using var key = server.GetECDsaPrivateKey()!;
        Directory.CreateDirectory(folder.At("server"));
        File.WriteAllText(folder.At("server", "cert.pem"), server.ExportCertificatePem());
        File.WriteAllText(folder.At("server", "key.pem"), key.ExportECPrivateKeyPem());
        File.WriteAllText(
            folder.At("server", "above.pem"),
            string.Join('\n', above.Select(a => a.ExportCertificatePem()))
        );
        try
        {
            return Process.Start(
                new ProcessStartInfo(
                    "openssl",
                    "s_server -accept 127.0.0.1:0 -cert cert.pem -key key.pem -cert_chain above.pem"
                )
                {
                    WorkingDirectory = folder.At("server"),
                    UseShellExecute = false,
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                }
            )!;
        }
        catch (Win32Exception)
        {
            Skip.If(true, "openssl is not installed");
            throw;
        }
    }
}
