using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Worktree.Hooks.Tests.Support;

/// <summary>An authority of a test's own, and what it vouches for.</summary>
public sealed class TlsCertificates : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TlsCertificates()
        : this(null) { }

    private TlsCertificates(X509Certificate2? issuer)
    {
        var request = new CertificateRequest(
            issuer is null ? "CN=authority of a test" : "CN=issuer of a test",
            key,
            HashAlgorithmName.SHA256
        );
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(true, false, 0, critical: true)
        );
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true)
        );
        if (issuer is null)
        {
            Authority = request.CreateSelfSigned(Start, End);
            return;
        }
        using var signed = Sign(request, issuer, null);
        Authority = signed.CopyWithPrivateKey(key);
    }

    /// <summary>The authority itself.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>An authority that this one vouches for; each has the same name.</summary>
    public TlsCertificates Issuer() => new(Authority);

    /// <summary>A certificate, with its key, of a server at an address of this machine.</summary>
    public X509Certificate2 ForServer(string address = "127.0.0.1", DateTimeOffset? end = null)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        return Sign("CN=server", "1.3.6.1.5.5.7.3.1", names.Build(), end);
    }

    /// <summary>Writes <c>ca.pem</c>, <c>cert.pem</c> and <c>key.pem</c> of a client into a folder, as docker has them.</summary>
    /// <returns>The folder.</returns>
    public string WriteTo(string folder)
    {
        using var client = Sign("CN=client", "1.3.6.1.5.5.7.3.2", null);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "ca.pem"), Authority.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "cert.pem"), client.ExportCertificatePem());
        using var own = client.GetECDsaPrivateKey()!;
        File.WriteAllText(Path.Combine(folder, "key.pem"), own.ExportECPrivateKeyPem());
        return folder;
    }

    public void Dispose()
    {
        Authority.Dispose();
        key.Dispose();
    }

    private static DateTimeOffset Start => TimeProvider.System.GetUtcNow().AddDays(-1);

    private static DateTimeOffset End => TimeProvider.System.GetUtcNow().AddDays(1);

    private X509Certificate2 Sign(
        string name,
        string use,
        X509Extension? names,
        DateTimeOffset? end = null
    )
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, own, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid(use)], critical: false)
        );
        if (names is not null)
        {
            request.CertificateExtensions.Add(names);
        }
        using var signed = Sign(request, Authority, end);
        return signed.CopyWithPrivateKey(own);
    }

    private static X509Certificate2 Sign(
        CertificateRequest request,
        X509Certificate2 issuer,
        DateTimeOffset? end
    ) =>
        request.Create(
            issuer,
            new DateTimeOffset(issuer.NotBefore),
            end ?? new DateTimeOffset(issuer.NotAfter),
            RandomNumberGenerator.GetBytes(8)
        );
}
