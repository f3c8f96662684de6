using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>The network of a worktree's containers, in which they find each other by their services' names.</summary>
internal sealed class WorktreeNetwork(
    ContainerEngine engine,
    string projectName,
    IReadOnlyDictionary<string, string> labels
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
        var wanted = labels.Select(l => $"{l.Key}={l.Value}").ToArray();
        return engine.Networks(cancellation, wanted).FirstOrDefault(n => n.Name == projectName)?.Id
            ?? Make(containers, cancellation);
    }

    private string Make(int containers, CancellationToken cancellation)
    {
        var taken = Subnets
            .Parse(engine.Networks(cancellation).SelectMany(n => n.Subnets))
            .Concat(engine.IsRemote ? [] : Subnets.OfThisMachine())
            .ToList();
        foreach (var subnet in Subnets.Free(projectName, containers, taken).Take(Tries))
        {
            try
            {
                return engine.CreateNetwork(projectName, subnet, labels, cancellation);
            }
            catch (EngineException e) when (e.Fault == EngineFault.AddressPoolsUsedUp)
            {
                // Somebody took it in this moment, or the engine knows a reason that is not seen from here: the next.
            }
        }
        return engine.CreateNetwork(projectName, subnet: null, labels, cancellation);
    }
}
