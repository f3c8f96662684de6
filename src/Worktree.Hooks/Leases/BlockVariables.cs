using System.Globalization;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;

namespace Worktree.Hooks.Leases;

/// <summary>The variables that a worktree's block in <c>.env.local</c> has, in their order.</summary>
internal static class BlockVariables
{
    /// <summary>
    /// The names, the certificate's files if there are any, the ports, and the <c>"env"</c> entries with their references filled in; an entry may refer to
    /// everything before it.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH3007: a reference names nothing.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(
        WorktreeIdentity identity,
        WorktreeConfiguration configuration,
        Lease lease
    )
    {
        var variables = new OrderedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["WORKTREE_NAME"] = identity.Name,
            ["COMPOSE_PROJECT_NAME"] = lease.ProjectName,
            ["WORKTREE_HOST"] = lease.Host,
        };
        if (configuration.Certificate)
        {
            variables["WORKTREE_CERTIFICATE"] = identity.Checkout.CertificateFile;
            variables["WORKTREE_CERTIFICATE_KEY"] = identity.Checkout.CertificateKeyFile;
        }
        foreach (var variable in configuration.Ports)
        {
            variables[variable.Name] = lease
                .Ports[variable.Name]
                .ToString(CultureInfo.InvariantCulture);
        }
        foreach (var entry in configuration.Env)
        {
            variables[entry.Name] = References.Fill(
                entry.Value,
                variables,
                unknown =>
                    entry.Source.Error(
                        ErrorCatalogue.UnknownReference,
                        $"'${{{unknown}}}' in '{entry.Name}' names no variable. "
                            + $"Did you mean '${{{NearestName.To(unknown, [.. variables.Keys])}}}'? A variable can refer "
                            + "to ports and to what stands before it."
                    )
            );
        }
        return [.. variables];
    }
}
