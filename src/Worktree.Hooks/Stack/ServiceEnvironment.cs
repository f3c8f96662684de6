using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
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
    /// The environment of a service: ours without git's and MSBuild's own variables, the worktree's, the service's.
    /// </summary>
    /// <exception cref="WorktreeHooksException">WTH3007: a reference names nothing.</exception>
    public ServiceEnvironment(
        HostEnvironment environment,
        Allocation allocation,
        ServiceConfiguration service
    )
    {
        this.service = service;
        var variables = ChildProcess.WithoutGit(environment.Variables);
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
        foreach (var entry in service.Env)
        {
            variables[entry.Name] = Fill(entry.Value);
        }
    }

    /// <summary>Exactly what the process gets.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; }

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
