using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.EnvFiles;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>The environment of a service, and the references in its command and checks.</summary>
internal sealed class ServiceEnvironment
{
    /// <summary>Marks every process of a stack with its worktree, so that one whose record was lost is still found.</summary>
    public const string Marker = "WORKTREE_HOOKS_WORKTREE";

    private readonly ServiceConfiguration service;

    /// <summary>
    /// The environment of a service: ours without git's and MSBuild's own variables, the worktree's, the service's. What
    /// a container's values refer to may also stand in the worktree's <c>.env</c> files, as for Compose.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH3007: a reference names nothing.</exception>
    public ServiceEnvironment(
        HostEnvironment environment,
        Allocation allocation,
        ServiceConfiguration service
    )
    {
        this.service = service;
        var variables = ChildProcess.WithoutGit(
            service.Container is null
                ? environment.Variables
                : EnvSettings.Of(allocation.Identity.Checkout.Root, environment)
        );
        foreach (var name in variables.Keys.Where(IsLeakOfABuild).ToList())
        {
            variables.Remove(name);
        }
        foreach (var (name, value) in allocation.Variables)
        {
            variables[name] = value;
        }
        variables[Marker] = MarkOf(allocation.Identity.Checkout);
        Variables = variables;
        var own = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in service.Env)
        {
            own[entry.Name] = Fill(entry.Value);
            // In a container a name of ours may mean something else; outside it means what it means everywhere.
            if (service.Container is null || !allocation.Variables.Any(v => v.Key == entry.Name))
            {
                variables[entry.Name] = own[entry.Name];
            }
        }
        Own = own;
    }

    /// <summary>Exactly what the process gets.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>What the service itself names, which is all that a container gets.</summary>
    public IReadOnlyDictionary<string, string> Own { get; }

    /// <summary>The value of the readiness check with its references filled in.</summary>
    /// <exception cref="WorktreeHooksException">WTH3007: a reference names nothing. WTH3003: the check makes no sense now.</exception>
    public string FillReady()
    {
        var value = Fill(service.Ready.Value);
        return ReadyReader.Fault(service.Ready.Kind, value) is { } fault
            ? throw service.Source.Error(
                ErrorCatalogue.InvalidValue,
                $"\"ready\" of service '{service.Name}' is '{value}' with its references filled in: {fault}."
            )
            : value;
    }

    /// <summary>The marker's value: the private git dir.</summary>
    public static string MarkOf(Checkout checkout) => checkout.GitDirectory;

    /// <summary>A text with its references filled in.</summary>
    public string Fill(string text) =>
        References.Fill(
            text,
            Variables,
            unknown =>
                service.Source.Error(
                    ErrorCatalogue.UnknownReference,
                    $"'${{{unknown}}}' in service '{service.Name}' names no variable."
                        + NearestName.Hint(unknown, [.. Variables.Keys])
                )
        );

    // MSBuild tells its nodes and tasks where they are; a dotnet command inside a service must find that out itself.
    private static bool IsLeakOfABuild(string name) =>
        name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
        || name is "DOTNET_HOST_PATH";
}
