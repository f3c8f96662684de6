using System.ComponentModel;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>What <c>dotnet dev-certs</c> says of the user's certificate.</summary>
internal enum CertificateState
{
    Trusted,
    Untrusted,
    Missing,

    /// <summary>There is no SDK, or it answered something else.</summary>
    Unknown,
}

/// <summary>
/// The ASP.NET Core development certificate, which covers <c>*.dev.localhost</c>, as the files that a proxy reads. The
/// SDK makes and exports it.
/// </summary>
internal static class DevelopmentCertificate
{
    private static readonly TimeSpan LeastValidity = TimeSpan.FromDays(1);

    /// <summary>Exports it into the worktree's private git dir, where it is not there yet or not the user's any more.</summary>
    /// <exception cref="WorktreeHooksException">WTH5054: it could not be exported.</exception>
    public static void Ensure(HostEnvironment environment, Checkout checkout, Narrator narrator)
    {
        if (IsCurrent(environment, checkout))
        {
            return;
        }
        narrator.Say("exporting the ASP.NET Core development certificate for the proxy");
        Directory.CreateDirectory(checkout.StateDirectory);
        // Beside its place and for this user alone, so that the key is never seen by others nor half written.
        var folder = Path.Combine(checkout.StateDirectory, "certificate.new");
        FolderTree.Delete(folder);
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(
                    folder,
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                );
            }
            Export(environment, checkout, folder);
        }
        finally
        {
            FolderTree.Delete(folder);
        }
    }

    /// <summary>Asks the SDK whether the user has one and whether it is trusted.</summary>
    public static CertificateState Query(HostEnvironment environment)
    {
        try
        {
            // The exit codes of dev-certs: 6 where there is none, 7 where it is not trusted.
            return DevCerts(environment, "--check", "--trust").ExitCode switch
            {
                0 => CertificateState.Trusted,
                6 => CertificateState.Missing,
                7 => CertificateState.Untrusted,
                _ => CertificateState.Unknown,
            };
        }
        catch (Win32Exception)
        {
            return CertificateState.Unknown;
        }
    }

    private static void Export(HostEnvironment environment, Checkout checkout, string folder)
    {
        var file = Path.Combine(folder, Path.GetFileName(checkout.CertificateFile));
        try
        {
            var result = DevCerts(
                environment,
                "--export-path",
                file,
                "--format",
                "Pem",
                "--no-password"
            );
            if (result.ExitCode != 0 || !File.Exists(file))
            {
                var said = (result.Output + result.ErrorOutput).Trim().ReplaceLineEndings(" ");
                throw Missing(checkout, $"'dotnet dev-certs' ended with {result.ExitCode}: {said}");
            }
        }
        catch (Win32Exception e)
        {
            throw Missing(checkout, $"'dotnet' cannot be started ({e.Message})");
        }
        var key = Path.ChangeExtension(file, ".key");
        if (!OperatingSystem.IsWindows())
        {
            // Whoever may not read the key has no use for the certificate.
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        File.Move(key, checkout.CertificateKeyFile, overwrite: true);
        File.Move(file, checkout.CertificateFile, overwrite: true);
    }

    private static bool IsCurrent(HostEnvironment environment, Checkout checkout)
    {
        if (!File.Exists(checkout.CertificateFile) || !File.Exists(checkout.CertificateKeyFile))
        {
            return false;
        }
        try
        {
            using var exported = X509CertificateLoader.LoadCertificateFromFile(
                checkout.CertificateFile
            );
            var limit = environment.Clock.GetUtcNow() + LeastValidity;
            // One that was cleaned and made anew is another, and only that one is trusted.
            using var store = new X509Store(
                StoreName.My,
                StoreLocation.CurrentUser,
                OpenFlags.ReadOnly
            );
            return exported.NotAfter.ToUniversalTime() > limit.UtcDateTime
                && store.Certificates.Any(c => c.Thumbprint == exported.Thumbprint);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static ProcessResult DevCerts(HostEnvironment environment, params string[] arguments) =>
        ChildProcess.Run(
            environment,
            environment.CurrentDirectory,
            "dotnet",
            ["dev-certs", "https", .. arguments]
        );

    private static WorktreeHooksException Missing(Checkout checkout, string reason) =>
        new(
            ErrorCatalogue.CertificateMissing,
            $"the ASP.NET Core development certificate cannot be exported to '{checkout.CertificateFile}': {reason}. Install "
                + "the .NET SDK and run 'dotnet dev-certs https --trust', or take \"certificate\" out of worktree.json."
        );
}
