using System.ComponentModel;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.EnvFiles;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>One thing that <c>doctor</c> looked at.</summary>
/// <param name="Name">What it is about.</param>
/// <param name="State"><c>ok</c>, <c>warning</c> (works, but not as well as it could) or <c>error</c>.</param>
/// <param name="Message">What was found, and what to do about it.</param>
internal sealed record DoctorCheck(string Name, string State, string Message);

/// <summary>What <c>doctor</c> found.</summary>
internal sealed record DoctorReport(IReadOnlyList<DoctorCheck> Checks)
{
    /// <summary>True where something does not work.</summary>
    public bool HasErrors => Checks.Any(c => c.State == "error");

    /// <summary>The report as a table.</summary>
    public ReportTable Table() =>
        new(
            ["", "about", "found"],
            [.. Checks.Select(c => (IReadOnlyList<string>)[c.State, c.Name, c.Message])]
        );
}

/// <summary>Looks at everything that this worktree depends on, and changes nothing.</summary>
internal sealed class Doctor(HostEnvironment environment, string folder, Narrator narrator)
{
    /// <summary>Examines the worktree that the folder lies in.</summary>
    /// <exception cref="WorktreeHooksException">WTH1001: there is no worktree.</exception>
    public DoctorReport Examine()
    {
        var checkout = CheckoutLocator.Locate(folder);
        var checks = new List<DoctorCheck>
        {
            Try("git", GitVersion),
            Try(
                "repository",
                () =>
                    Ok(
                        "repository",
                        $"'{checkout.Root}', private git dir '{checkout.GitDirectory}'"
                    )
            ),
            Try("hook", () => Hook(checkout)),
            Try("leases", () => Leases(checkout)),
        };
        try
        {
            var known = KnownWorktree.Of(checkout);
            checks.Add(
                Ok(
                    WorktreeConfiguration.FileName,
                    known.Configuration.File ?? "none: the defaults are in force"
                )
            );
            checks.Add(Try(EnvFile.FileName, () => EnvFileState(known)));
            checks.AddRange(Ports(known));
            if (known.Configuration.Ports.Any(p => WebUrls.IsSecure(p.Name)))
            {
                checks.Add(Certificate());
            }
        }
        catch (WorktreeHooksException e)
        {
            checks.Add(
                new DoctorCheck(WorktreeConfiguration.FileName, "error", e.Diagnostic.ToString())
            );
        }
        return new DoctorReport(checks);
    }

    private DoctorCheck GitVersion()
    {
        try
        {
            var result = ChildProcess.Run(environment, folder, "git", "--version");
            return Ok("git", result.Output.Trim());
        }
        catch (Win32Exception)
        {
            return new DoctorCheck("git", "error", "there is no git on the PATH; install it");
        }
    }

    private DoctorCheck Hook(Checkout checkout)
    {
        var status = HookInstaller.Query(environment, checkout);
        var text = string.Join("; ", status.ToLines().Select(l => l.Trim()));
        return new DoctorCheck("hook", status.IsCurrent ? "ok" : "warning", text);
    }

    private DoctorCheck Leases(Checkout checkout)
    {
        var store = LeaseStore.Open(environment, checkout.CommonDirectory, narrator);
        return Ok("leases", $"{store.Query().Count} in '{store.Path}'");
    }

    private DoctorCheck EnvFileState(KnownWorktree known)
    {
        var checkout = known.Identity.Checkout;
        var lease = LeaseStore.Find(environment, checkout, narrator);
        var saved = EnvFile.ReadSaved(checkout.Root);
        var agrees =
            lease is not null
            && saved is not null
            && saved.WorktreeName == known.Identity.Name
            && known.Configuration.Ports.All(p =>
                lease.Ports.TryGetValue(p.Name, out var port) && saved.Port(p.Name) == port
            );
        return agrees
            ? Ok(EnvFile.FileName, "agrees with the lease")
            : new DoctorCheck(
                EnvFile.FileName,
                "warning",
                "is missing or older than the lease; 'dotnet build' or 'dotnet worktree allocate' writes it"
            );
    }

    private DoctorCheck Certificate() =>
        DevelopmentCertificate.Query(environment) switch
        {
            CertificateState.Trusted => Ok("certificate", "the development certificate is trusted"),
            CertificateState.Untrusted => new DoctorCheck(
                "certificate",
                "warning",
                "the development certificate is there, but not trusted, so browsers warn; run 'dotnet dev-certs https --trust'"
            ),
            CertificateState.Missing => new DoctorCheck(
                "certificate",
                "warning",
                "there is no development certificate; 'dotnet dev-certs https --trust' makes one and trusts it"
            ),
            _ => new DoctorCheck(
                "certificate",
                "warning",
                "'dotnet dev-certs https --check --trust' gives no answer; install the .NET SDK if HTTPS is to be served"
            ),
        };

    private IEnumerable<DoctorCheck> Ports(KnownWorktree known)
    {
        var saved = EnvFile.ReadSaved(known.Identity.Checkout.Root);
        var running = new ServiceStack(environment, known.Identity.Checkout, narrator).Running;
        var own = known
            .Configuration.Services.Where(s => running.Any(r => r.Name == s.Name))
            .SelectMany(s => s.Ports)
            .ToHashSet(StringComparer.Ordinal);
        var published = ContainerStatus.PortsOf(environment, known.Identity.Checkout, narrator);
        foreach (var variable in known.Configuration.Ports)
        {
            var port = known.Identity.IsMain ? variable.Main : saved?.Port(variable.Name);
            if (port is not null)
            {
                var isOwn = own.Contains(variable.Name) || published.Contains(port.Value);
                yield return Port(variable.Name, port.Value, isOwn);
            }
        }
    }

    private DoctorCheck Port(string name, int port, bool isOwn) =>
        isOwn
            ? Ok(name, $"{port}, held by this worktree's own stack")
            : PortProbe.Probe(port) switch
            {
                PortState.Free => Ok(name, $"{port}, free"),
                PortState.Denied => new DoctorCheck(
                    name,
                    "warning",
                    $"{port}: this user may not listen on it; choose another port in worktree.json if a service needs it"
                ),
                _ => new DoctorCheck(
                    name,
                    "warning",
                    $"{port}: {PortHolder.Describe(environment, port) ?? "another program"} listens on it"
                ),
            };

    private static DoctorCheck Ok(string name, string message) => new(name, "ok", message);

    private static DoctorCheck Try(string name, Func<DoctorCheck> check)
    {
        try
        {
            return check();
        }
        catch (WorktreeHooksException e)
        {
            return new DoctorCheck(name, "error", e.Diagnostic.ToString());
        }
    }
}
