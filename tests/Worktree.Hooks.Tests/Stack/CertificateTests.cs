using System.Security.Cryptography.X509Certificates;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Stack;

/// <summary>Each test has a home of its own, so that the SDK makes its certificate there.</summary>
public sealed class CertificateTests : IDisposable
{
    private readonly TestRepository repository = new();

    public CertificateTests() =>
        repository.Write(
            "worktree.json",
            """
            { "certificate": true,
              "services": { "show": { "command": "cat \"$WORKTREE_CERTIFICATE\"; stat -c %a \"$WORKTREE_CERTIFICATE\" \"$WORKTREE_CERTIFICATE_KEY\"",
                                      "ready": { "exit": 0 } } } }
            """
        );

    public void Dispose() => repository.Dispose();

    [Fact]
    public void A_start_exports_a_certificate_that_covers_the_worktrees_name_and_its_key_for_this_user_alone()
    {
        Run("start").AssertDone();

        var checkout = CheckoutLocator.Locate(repository.Root);
        using var certificate = X509Certificate2.CreateFromPemFile(
            checkout.CertificateFile,
            checkout.CertificateKeyFile
        );
        Assert.True(certificate.MatchesHostname("feature-x.dev.localhost"));
        Assert.True(certificate.HasPrivateKey);
        var shown = Run("logs").Output;
        Assert.Contains("BEGIN CERTIFICATE", shown);
        Assert.EndsWith("600\n600\n", shown);
        Assert.Contains(
            $"WORKTREE_CERTIFICATE={checkout.CertificateFile}\n",
            File.ReadAllText(Path.Combine(repository.Root, ".env.local"))
        );
    }

    [Fact]
    public void It_is_exported_again_only_when_the_user_has_another_one()
    {
        Run("start").AssertDone();
        var file = CheckoutLocator.Locate(repository.Root).CertificateFile;
        var first = File.ReadAllText(file);

        Assert.DoesNotContain("exporting", Run("start").ErrorOutput);
        Assert.Equal(first, File.ReadAllText(file));

        ChildProcess.Run(
            repository.Environment,
            repository.Root,
            "dotnet",
            "dev-certs",
            "https",
            "--clean"
        );
        Assert.Contains("exporting", Run("start").ErrorOutput);
        Assert.NotEqual(first, File.ReadAllText(file));
    }

    [Fact]
    public void Doctor_says_the_one_command_while_it_is_missing_or_not_trusted()
    {
        var missing = Line(Run("doctor"));
        Assert.StartsWith("warning", missing);
        Assert.Contains("there is no development certificate", missing);
        Assert.Contains("'dotnet dev-certs https --trust'", missing);

        Run("start").AssertDone();

        var untrusted = Line(Run("doctor"));
        Assert.Contains("not trusted", untrusted);
        Assert.Contains("'dotnet dev-certs https --trust'", untrusted);
    }

    [Fact]
    public void Without_an_sdk_a_start_is_refused_with_what_to_do()
    {
        var bin = repository.Beside("bin");
        Directory.CreateDirectory(bin);
        foreach (var program in (string[])["sh", "git"])
        {
            File.CreateSymbolicLink(Path.Combine(bin, program), $"/usr/bin/{program}");
        }

        var refused = Run([("PATH", bin)], "start");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("WTH5054 CertificateMissing", refused.ErrorOutput);
        Assert.Contains("'dotnet dev-certs https --trust'", refused.ErrorOutput);
        Assert.False(
            Directory.Exists(
                Path.Combine(
                    CheckoutLocator.Locate(repository.Root).StateDirectory,
                    "certificate.new"
                )
            )
        );
    }

    private static string Line(ProcessResult doctor) =>
        doctor.Output.Split('\n').Single(l => l.Contains("certificate", StringComparison.Ordinal));

    private ProcessResult Run(params string[] arguments) => Run([], arguments);

    private ProcessResult Run((string Name, string Value)[] variables, params string[] arguments)
    {
        var all = new Dictionary<string, string>(
            repository.Environment.Variables,
            StringComparer.Ordinal
        );
        foreach (var (name, value) in variables)
        {
            all[name] = value;
        }
        return ChildProcess.Run(
            repository.Environment with
            {
                Variables = all,
            },
            repository.Root,
            RunnerProgram.Path,
            arguments
        );
    }
}

internal static class ProcessResultAssertions
{
    public static void AssertDone(this ProcessResult result) =>
        Assert.True(result.ExitCode == 0, result.Output + result.ErrorOutput);
}
