using System;
using System.Linq;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Worktree.Hooks.Startup;

/// <summary>ASP.NET Core's development certificate, as <c>dotnet dev-certs https</c> makes it.</summary>
internal static class DevelopmentCertificate
{
    // The extension by which ASP.NET Core itself knows it.
    private const string Extension = "1.3.6.1.4.1.311.84.1.1";

    /// <summary>True where the user has one that is valid now.</summary>
    public static bool Exists()
    {
        try
        {
            using var store = new X509Store(StoreName.My, StoreLocation.CurrentUser);
            store.Open(OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
            return store
                .Certificates.Cast<X509Certificate2>()
                .Any(c =>
                    c.HasPrivateKey
                    && c.NotBefore <= DateTime.Now
                    && DateTime.Now <= c.NotAfter
                    && c.Extensions.Cast<X509Extension>().Any(e => e.Oid?.Value == Extension)
                );
        }
        catch (CryptographicException)
        {
            return false; // no store yet
        }
    }
}
