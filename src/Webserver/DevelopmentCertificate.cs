using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Webserver;

/// <summary>A certificate for <c>localhost</c> and <c>*.dev.localhost</c>.</summary>
internal static class DevelopmentCertificate
{
    /// <summary>The one whose PEM files are named, else one for this run alone.</summary>
    public static X509Certificate2 LoadOrCreate(string? file, string? keyFile, TimeProvider clock)
    {
        using var certificate =
            file is not null && keyFile is not null
                ? X509Certificate2.CreateFromPemFile(file, keyFile)
                : Create(clock.GetUtcNow());
        // Windows cannot use an ephemeral key for TLS; a round trip through PKCS #12 gives it one that it can.
        return X509CertificateLoader.LoadPkcs12(
            certificate.Export(X509ContentType.Pkcs12),
            password: null
        );
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
        return request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
    }
}
