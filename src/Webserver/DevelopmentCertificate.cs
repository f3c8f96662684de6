using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Webserver;

/// <summary>A certificate for <c>localhost</c> and <c>*.dev.localhost</c>.</summary>
internal static class DevelopmentCertificate
{
    // The extension by which ASP.NET Core marks its development certificate.
    private const string MarkerOid = "1.3.6.1.4.1.311.84.1.1";

    /// <summary>The user's ASP.NET Core development certificate where it is valid, else one for this run alone.</summary>
    public static X509Certificate2 FindOrCreate(TimeProvider clock)
    {
        using var store = new X509Store(
            StoreName.My,
            StoreLocation.CurrentUser,
            OpenFlags.ReadOnly
        );
        var now = clock.GetUtcNow();
        return store.Certificates.FirstOrDefault(c =>
                c.HasPrivateKey
                && c.Extensions.Any(e => e.Oid?.Value == MarkerOid)
                && c.NotBefore <= now.LocalDateTime
                && c.NotAfter > now.LocalDateTime
                && c.MatchesHostname("main.dev.localhost")
            ) ?? Create(now);
    }

    private static X509Certificate2 Create(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName("*.dev.localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
        // Windows cannot use an ephemeral key for TLS; a round trip through PKCS #12 gives it one that it can.
        return X509CertificateLoader.LoadPkcs12(
            certificate.Export(X509ContentType.Pkcs12),
            password: null
        );
    }
}
