using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>The network of a worktree's containers, in which they find each other by their services' names.</summary>
internal sealed class WorktreeNetwork(
    ContainerEngine engine,
    string projectName,
    string gitDirectory
)
{
    // Networks that other starts make at the same time take a few of them.
    private const int Tries = 16;

    /// <summary>The id of the network, which is made where it is not there.</summary>
    /// <param name="containers">How many are to be in it.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="EngineException">The engine has no address range left, or refuses.</exception>
    public string Ensure(int containers, CancellationToken cancellation)
    {
        var own = engine.Networks(cancellation, $"{WorktreeContainers.Label}={gitDirectory}");
        return own.FirstOrDefault(n => n.Name == projectName || n.Name == OtherName)?.Id
            ?? Make(containers, cancellation);
    }

    // Two of one name are ambiguous to the engine: another user's project may have it.
    private string OtherName => Names.WithSuffix(projectName, gitDirectory);

    private string Make(int containers, CancellationToken cancellation)
    {
        var others = engine.Networks(cancellation);
        var name = others.Any(n => n.Name == projectName) ? OtherName : projectName;
        var labels = WorktreeContainers.LabelsOf(gitDirectory);
        var taken = Subnets
            .Parse(others.SelectMany(n => n.Subnets))
            .Concat(engine.IsRemote ? [] : Subnets.OfThisMachine())
            .ToList();
        foreach (var subnet in Subnets.Free(projectName, containers, taken).Take(Tries))
        {
            try
            {
                return engine.CreateNetwork(name, subnet, labels, cancellation);
            }
            catch (EngineException e) when (e.Fault == EngineFault.AddressPoolsUsedUp)
            {
                // Somebody took it in this moment, or the engine knows a reason that is not seen from here: the next.
            }
        }
        return engine.CreateNetwork(name, subnet: null, labels, cancellation);
    }
}
