using System.Security.Cryptography;
using System.Text;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Platform;

/// <summary>Which certificates are used for an endpoint; no engine needs to be there.</summary>
public sealed class EngineTlsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TlsCertificates certificates = new();

    [Fact]
    public void An_address_is_spoken_to_without_TLS_unless_it_is_asked_for() =>
        Assert.Null(Find(("DOCKER_CERT_PATH", certificates.WriteTo(folder.At("tls")))));

    [Theory]
    [InlineData("DOCKER_TLS_VERIFY", true)]
    [InlineData("DOCKER_TLS", false)]
    public void A_variable_asks_for_it_with_the_files_of_a_folder(string variable, bool isVerified)
    {
        certificates.WriteTo(folder.At("tls"));

        // Any value asks for it, as of the docker command.
        var found = Find((variable, "0"), ("DOCKER_CERT_PATH", folder.At("tls")))!;

        Assert.Equal(isVerified, found.IsVerified);
        Assert.Equal(folder.At("tls", "ca.pem"), found.AuthorityFile);
        Assert.Null(found.MissingClientFile);
        var options = found.OptionsFor("build.example");
        Assert.Equal("build.example", options.TargetHost);
        Assert.Equal("CN=client", options.ClientCertificateContext!.TargetCertificate.Subject);
        Assert.Equal(isVerified, options.CertificateChainPolicy is not null);
    }

    [Fact]
    public void The_folder_is_that_of_dockers_configuration_where_none_is_named()
    {
        certificates.WriteTo(folder.At("config"));

        var found = Find(("DOCKER_TLS_VERIFY", "1"))!;

        Assert.Equal(folder.At("config", "ca.pem"), found.AuthorityFile);
    }

    [Fact]
    public void A_socket_is_never_spoken_to_with_TLS() =>
        Assert.Null(Find(("DOCKER_HOST", "unix:///run/docker.sock"), ("DOCKER_TLS_VERIFY", "1")));

    [Fact]
    public void A_missing_authority_and_a_broken_file_are_named()
    {
        AssertRefused("ca.pem", "there is no such file");

        certificates.WriteTo(folder.At("tls"));
        File.WriteAllText(folder.At("tls", "ca.pem"), "nothing");
        AssertRefused("ca.pem", "no certificate");

        certificates.WriteTo(folder.At("tls"));
        File.WriteAllText(folder.At("tls", "key.pem"), "nothing");
        AssertRefused("key.pem", "");

        certificates.WriteTo(folder.At("tls"));
        var key = File.ReadAllText(folder.At("tls", "key.pem"));
        certificates.WriteTo(folder.At("tls"));
        File.WriteAllText(folder.At("tls", "key.pem"), key);
        AssertRefused("key.pem", "");
    }

    [Theory]
    [InlineData("cert.pem")]
    [InlineData("key.pem")]
    public void A_client_without_a_certificate_or_its_key_shows_none(string missing)
    {
        certificates.WriteTo(folder.At("tls"));
        File.Delete(folder.At("tls", missing));

        var found = Find(("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", folder.At("tls")))!;

        Assert.Equal(folder.At("tls", missing), found.MissingClientFile);
        Assert.Null(found.OptionsFor("build.example").ClientCertificateContext);
    }

    [Fact]
    public void A_context_has_files_of_its_own_and_variables_mean_nothing_to_it()
    {
        var store = WriteContext(skipsVerification: false);
        (string, string)[] variables =
        [
            ("DOCKER_HOST", ""),
            ("DOCKER_CONTEXT", "ours"),
            ("DOCKER_TLS", "1"),
            ("DOCKER_CERT_PATH", "/no/such"),
        ];
        Assert.Null(Find(variables));

        certificates.WriteTo(store);
        Assert.Equal(Path.Combine(store, "ca.pem"), Find(variables)!.AuthorityFile);
        Assert.True(Find(variables)!.IsVerified);

        // The system's own authorities vouch for the engine then.
        File.Delete(Path.Combine(store, "ca.pem"));
        Assert.Null(Find(variables)!.AuthorityFile);
        Assert.Null(Find(variables)!.OptionsFor("build.example").CertificateChainPolicy);
    }

    [Fact]
    public void A_context_may_skip_verification()
    {
        WriteContext(skipsVerification: true);

        Assert.False(Find(("DOCKER_HOST", ""), ("DOCKER_CONTEXT", "ours"))!.IsVerified);
    }

    [Fact]
    public void The_context_of_dockers_configuration_is_used_unless_DOCKER_HOST_is_set()
    {
        certificates.WriteTo(WriteContext(skipsVerification: false));
        File.WriteAllText(folder.At("config", "config.json"), """{ "currentContext": "ours" }""");

        Assert.NotNull(Find(("DOCKER_HOST", "")));
        Assert.Null(Find());
    }

    [Fact]
    public void TLS_without_a_host_leads_to_this_machines_port_of_it()
    {
        var environment = Environment([("DOCKER_HOST", ""), ("DOCKER_TLS_VERIFY", "1")]);

        Assert.Equal("tcp://localhost:2376", EngineEndpoint.Find(environment).OriginalString);
        Assert.Same(environment, EngineEndpoint.ForDocker(environment));
    }

    [Fact]
    public void The_certificate_of_the_client_ends_with_what_uses_it()
    {
        certificates.WriteTo(folder.At("tls"));
        var found = Find(("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", folder.At("tls")))!;
        var client = found.OptionsFor("build.example").ClientCertificateContext!.TargetCertificate;
        Assert.NotEqual(IntPtr.Zero, client.Handle);

        found.Dispose();

        Assert.Equal(IntPtr.Zero, client.Handle);
    }

    public void Dispose()
    {
        certificates.Dispose();
        folder.Dispose();
    }

    private void AssertRefused(string file, string why)
    {
        var refused = Assert.Throws<EngineException>(() =>
            Find(("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", folder.At("tls")))
        );
        Assert.Equal(EngineFault.UnusableCertificates, refused.Fault);
        Assert.StartsWith($"'{folder.At("tls", file)}' cannot be read: ", refused.Message);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    private EngineTls? Find(params (string Name, string Value)[] variables)
    {
        var environment = Environment(variables);
        return EngineTls.Find(environment, EngineEndpoint.Find(environment));
    }

    private HostEnvironment Environment((string Name, string Value)[] variables)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = folder.At("home"),
            ["DOCKER_CONFIG"] = folder.At("config"),
            ["DOCKER_HOST"] = "tcp://192.0.2.8:2376",
        };
        foreach (var (name, value) in variables)
        {
            all[name] = value;
        }
        return HostEnvironment.Capture() with { Variables = all };
    }

    // As 'docker context create' lays it down; where its certificates belong.
    private string WriteContext(bool skipsVerification)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("ours")));
        var meta = folder.At("config", "contexts", "meta", digest);
        Directory.CreateDirectory(meta);
        var skips = skipsVerification ? "true" : "false";
        File.WriteAllText(
            Path.Combine(meta, "meta.json"),
            $$$"""{ "Name": "ours", "Metadata": {}, "Endpoints": { "docker": { "Host": "tcp://192.0.2.7:2376", "SkipTLSVerify": {{{skips}}} } } }"""
        );
        return folder.At("config", "contexts", "tls", digest, "docker");
    }
}
