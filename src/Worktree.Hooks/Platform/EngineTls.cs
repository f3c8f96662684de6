using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Worktree.Hooks.Platform;

/// <summary>
/// The certificates of a TLS connection to an engine, found as the docker command finds them (docker's manual, "Protect the
/// Docker daemon socket" and "Docker contexts"): by <c>DOCKER_TLS_VERIFY</c>, <c>DOCKER_TLS</c> and
/// <c>DOCKER_CERT_PATH</c>, or in the store of the context that is in use.
/// </summary>
internal sealed class EngineTls : IDisposable
{
    private static readonly string[] Files = ["ca.pem", "cert.pem", "key.pem"];

    private readonly X509Certificate2Collection? authorities;
    private readonly SslStreamCertificateContext? client;

    private EngineTls(string folder, bool isVerified, bool needsAuthority)
    {
        IsVerified = isVerified;
        var files = Files.Select(name => Path.Combine(folder, name)).ToArray();
        if (needsAuthority || File.Exists(files[0]))
        {
            AuthorityFile = files[0];
            authorities = Read(files[0], CertificatesIn);
        }
        // The docker command leaves out what is not there: an engine need not ask for it.
        MissingClientFile = files.Skip(1).FirstOrDefault(f => !File.Exists(f));
        if (MissingClientFile is null)
        {
            client = ClientCertificate(files[1], files[2]);
        }
    }

    /// <summary>False where any certificate of the engine is taken.</summary>
    public bool IsVerified { get; }

    /// <summary>The file of the authorities that vouch for the engine; null where the system's own do.</summary>
    public string? AuthorityFile { get; }

    /// <summary>The file for want of which the engine is shown no certificate of the client; null where it is shown one.</summary>
    public string? MissingClientFile { get; }

    /// <summary>True where variables ask for TLS, whatever their value.</summary>
    public static bool IsAsked(HostEnvironment environment) =>
        (environment.Variable("DOCKER_TLS_VERIFY") ?? environment.Variable("DOCKER_TLS"))
            is not null;

    /// <summary>The certificates for an endpoint; null where it is spoken to without TLS.</summary>
    /// <exception cref="EngineException">A certificate's file is missing, or cannot be read.</exception>
    public static EngineTls? Find(HostEnvironment environment, Uri endpoint)
    {
        if (endpoint.Scheme is not ("tcp" or "http" or "https"))
        {
            return null;
        }
        if (EngineEndpoint.ContextInUse(environment) is { } context)
        {
            return OfContext(EngineEndpoint.ConfigFolder(environment), context);
        }
        if (!IsAsked(environment))
        {
            return null;
        }
        var folder =
            environment.Variable("DOCKER_CERT_PATH") ?? EngineEndpoint.ConfigFolder(environment);
        return new EngineTls(
            Path.GetFullPath(folder, environment.CurrentDirectory),
            isVerified: environment.Variable("DOCKER_TLS_VERIFY") is not null,
            needsAuthority: true
        );
    }

    /// <summary>How to begin a connection with a host.</summary>
    public SslClientAuthenticationOptions OptionsFor(string host)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ClientCertificateContext = client,
        };
        if (!IsVerified)
        {
#pragma warning disable CA5359, MA0039 // the user asked for it, as of the docker command
            options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359, MA0039
        }
        else if (authorities is not null)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
            // For roots, .NET judges as the docker command does.
            if (authorities.Any(a => !IsRoot(a)))
            {
                options.RemoteCertificateValidationCallback = (_, _, chain, errors) =>
                    IsTaken(chain, errors);
            }
        }
        return options;
    }

    /// <summary>Ends what the certificates hold: on Windows a file of the client's key.</summary>
    public void Dispose()
    {
        X509Certificate2[] all =
        [
            .. authorities ?? [],
            .. client?.IntermediateCertificates ?? [],
            .. client is null ? [] : new[] { client.TargetCertificate },
        ];
        foreach (var certificate in all)
        {
            certificate.Dispose();
        }
    }

    private bool IsTaken(X509Chain? chain, SslPolicyErrors errors) =>
        errors switch
        {
            SslPolicyErrors.None => true,
            SslPolicyErrors.RemoteCertificateChainErrors when IsVouchedFor(chain) => true,
            _ => throw Refused(chain, errors),
        };

    // The docker command needs no root: any certificate of ca.pem that issued the engine's, or is it, ends the chain. That
    // a signature or date in it is wrong would be a status of its own.
    private bool IsVouchedFor(X509Chain? chain) =>
        chain?.ChainStatus
            is [{ Status: X509ChainStatusFlags.PartialChain or X509ChainStatusFlags.UntrustedRoot }]
        && chain.ChainElements.Any(e =>
            authorities!.Any(a => a.RawDataMemory.Span.SequenceEqual(e.Certificate.RawData))
        );

    private static bool IsRoot(X509Certificate2 authority) =>
        authority.SubjectName.RawData.AsSpan().SequenceEqual(authority.IssuerName.RawData);

    // .NET itself would say no more than that the callback refused.
    private static AuthenticationException Refused(X509Chain? chain, SslPolicyErrors errors)
    {
        var statuses = (chain?.ChainStatus ?? []).Select(s => $"{s.Status}");
        return new(
            $"The remote certificate is invalid: {string.Join(", ", [$"{errors}", .. statuses])}"
        );
    }

    // A context may have any of the three files, or none.
    private static EngineTls? OfContext(string configuration, string context)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(context)));
        var contexts = Path.Combine(configuration, "contexts");
        var folder = Path.Combine(contexts, "tls", digest, "docker");
        var skips = Read(Path.Combine(contexts, "meta", digest, "meta.json"), SkipsVerification);
        return skips || Files.Any(name => File.Exists(Path.Combine(folder, name)))
            ? new EngineTls(folder, isVerified: !skips, needsAuthority: false)
            : null;
    }

    private static bool SkipsVerification(string metadata)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(metadata));
        return document.RootElement.TryGetProperty("Endpoints", out var endpoints)
            && endpoints.TryGetProperty("docker", out var docker)
            && docker.TryGetProperty("SkipTLSVerify", out var skips)
            && skips.ValueKind == JsonValueKind.True;
    }

    private static SslStreamCertificateContext ClientCertificate(string certificate, string key)
    {
        var chain = Read(certificate, CertificatesIn);
        var own = Read(key, file => WithKey(File.ReadAllText(certificate), File.ReadAllText(file)));
        chain.RemoveAt(0);
        return SslStreamCertificateContext.Create(own, chain, offline: true);
    }

    private static X509Certificate2 WithKey(string certificate, string key)
    {
        var own = X509Certificate2.CreateFromPem(certificate, key);
        if (!OperatingSystem.IsWindows())
        {
            return own;
        }
        // Windows takes no key that was never in its store.
        using (own)
        {
            return X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pfx), null);
        }
    }

    private static X509Certificate2Collection CertificatesIn(string file)
    {
        var found = new X509Certificate2Collection();
        found.ImportFromPemFile(file);
        return found.Count > 0
            ? found
            : throw new CryptographicException("it has no certificate in PEM form");
    }

    private static T Read<T>(string file, Func<string, T> read)
    {
        try
        {
            return read(file);
        }
        catch (Exception e)
            when (e
                    is IOException
                        or UnauthorizedAccessException
                        or CryptographicException
                        or ArgumentException
                        or InvalidOperationException
                        or JsonException
            )
        {
            var why = e is FileNotFoundException or DirectoryNotFoundException
                ? "there is no such file"
                : e.Message.TrimEnd('.');
            throw new EngineException(
                EngineFault.UnusableCertificates,
                $"'{file}' cannot be read: {why}",
                e
            );
        }
    }
}
