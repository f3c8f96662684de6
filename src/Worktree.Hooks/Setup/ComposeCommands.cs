using System.Globalization;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Setup;

/// <summary>Start and stop of a stack that is a compose file; the caller holds the stack's lock.</summary>
internal sealed class ComposeCommands(
    HostEnvironment environment,
    KnownWorktree known,
    Narrator narrator,
    CancellationToken cancellation
)
{
    private const int Attempts = 3;
    private static readonly TimeSpan NoteTime = TimeSpan.FromSeconds(30);

    private readonly Checkout checkout = known.Identity.Checkout;

    // It takes its time to say its version: meanwhile the engine is asked.
    private readonly Task<ComposeTool> tool = Task.Run(() => ComposeTool.Require(environment));

    /// <summary>True where the stack is a compose file: worktree.json names no services, and there is one.</summary>
    public static bool AreFor(HostEnvironment environment, KnownWorktree known) =>
        known.Configuration.Services.Count == 0
        && ComposeFiles.Find(environment, known.Identity.Checkout.Root, known.Configuration)
            is not null;

    /// <summary>True where a compose project of this worktree may run, whatever became of its file.</summary>
    public static bool MayRun(Checkout checkout) =>
        File.Exists(ComposePreparation.PathOf(checkout));

    /// <summary>Starts what does not run; see <see cref="StackCommands"/>.</summary>
    /// <param name="wishOf">What becomes of the databases, by whether something runs.</param>
    /// <param name="nameOthers">False where other stacks need not be named.</param>
    public void Start(Func<bool, DatabaseWish> wishOf, bool nameOthers)
    {
        try
        {
            using var engine = ContainerEngine.Connect(environment, cancellation);
            if (nameOthers)
            {
                OtherStacks.Name(environment, checkout.Root, engine, narrator);
            }
            Start(engine, wishOf);
        }
        catch (EngineException e)
        {
            throw EngineErrors.Of(e, "the compose file");
        }
    }

    private void Start(ContainerEngine engine, Func<bool, DatabaseWish> wishOf)
    {
        PreparedCompose Prepare(IReadOnlySet<int> held) => PrepareFor(engine, held);
        var prepared = Prepare(new HashSet<int>());
        ComposeMounts.RequireReachable(engine, prepared);
        OwnProject.Require(engine, prepared, cancellation);
        var stack = StackOf(engine, prepared);
        ComposeRecord.Of(stack).Save(checkout);
        var hadRunningLeftovers = ComposeLeftovers.Remove(engine, prepared, narrator, cancellation);
        if (stack.IsComplete(ReadinessOf(engine, prepared)))
        {
            narrator.Say("the stack runs already; nothing was changed");
            Say(engine, prepared);
            return;
        }
        var ranBefore = stack.Running;
        var ports = new ComposeHeldPorts(environment, engine, Prepare, narrator, cancellation);
        prepared = ports.Replace(prepared, ranBefore);
        OwnData.Require(engine, prepared, cancellation);
        // What ran under another name has written to this worktree's databases too: they stay.
        var wish = wishOf(ranBefore.Count > 0 || hadRunningLeftovers);
        var setup = WorktreeSetup
            .Run(Request with { Database = wish }, narrator, cancellation)
            .RequireDatabases();
        SetupSummary.SayDatabases(setup, wish, narrator);
        ComposeMounts.MakeFolders(prepared);
        try
        {
            prepared = Run(engine, prepared, ports);
        }
        catch
        {
            // Also after Ctrl+C: nothing half-started stays.
            TakeBack(engine, prepared, ranBefore);
            throw;
        }
        Say(engine, prepared);
    }

    private void TakeBack(
        ContainerEngine engine,
        PreparedCompose prepared,
        IReadOnlySet<string> ranBefore
    )
    {
        RememberVolumes(engine);
        var whole = new ComposeStack(engine, prepared, CancellationToken.None);
        if (whole.TakeBack(ranBefore) is { } reason)
        {
            narrator.Say(
                $"what was started could not be taken back: {reason}; the next start or stop does it"
            );
        }
        else if (ranBefore.Count == 0)
        {
            ComposeRecord.End(checkout);
        }
        if (whole.Resume(ranBefore) is { Count: > 0 } down)
        {
            narrator.Say(
                $"{string.Join(", ", down)} ran before and could not be started again; the next start does it"
            );
        }
    }

    // An engine that hangs must not keep the start from its end.
    private void RememberVolumes(ContainerEngine engine)
    {
        using var limit = new CancellationTokenSource(NoteTime);
        try
        {
            var ours = WorktreeContainers.Of(engine, checkout.GitDirectory, limit.Token);
            KeptVolumes.TryRemember(environment, checkout, engine, ours, narrator, limit.Token);
        }
        catch (Exception e) when (e is EngineException or OperationCanceledException)
        {
            // Why the start failed is what matters.
        }
    }

    private PreparedCompose Run(
        ContainerEngine engine,
        PreparedCompose prepared,
        ComposeHeldPorts ports
    )
    {
        IReadOnlySet<string> done = new HashSet<string>(StringComparer.Ordinal);
        for (var attempt = 1; ; attempt++)
        {
            var stack = StackOf(engine, prepared);
            foreach (var line in stack.Missing())
            {
                narrator.Say(line);
            }
            stack.Create();
            var readiness = ReadinessOf(engine, prepared);
            var start = new ComposeStart(engine, stack, readiness, done, narrator, cancellation);
            try
            {
                start.Run(known.Configuration.ComposeTimeout);
                return prepared;
            }
            catch (EngineException e) when (e.Fault == EngineFault.PortTaken)
            {
                if (attempt > Attempts)
                {
                    throw new WorktreeHooksException(
                        ErrorCatalogue.ComposeStartFailed,
                        $"a port was taken by another program while the stack started, {attempt} times in a row; the engine "
                            + $"says: {e.Message}. Start it again when the machine is quieter.",
                        e
                    );
                }
                done = start.Done;
                prepared = ports.Replace(prepared, stack.Running, EngineWords.PortIn(e.Message));
            }
        }
    }

    private SetupRequest Request => new(environment, checkout.Root, DatabaseWish.Keep);

    private PreparedCompose PrepareFor(ContainerEngine engine, IReadOnlySet<int> heldByStrangers)
    {
        var request = Request with { HeldByStrangers = heldByStrangers };
        var allocation = WorktreeSetup.Run(request, narrator, cancellation).Allocation;
        return ComposeSetup.Prepare(
            request,
            allocation,
            () => tool.GetAwaiter().GetResult(),
            () => engine.IsPodman,
            narrator
        )!;
    }

    private ComposeStack StackOf(ContainerEngine engine, PreparedCompose prepared) =>
        new(engine, prepared, cancellation);

    private ComposeReadiness ReadinessOf(ContainerEngine engine, PreparedCompose prepared) =>
        new(engine, prepared, UrlsByPort(prepared), cancellation);

    private static Dictionary<int, string> UrlsByPort(PreparedCompose prepared)
    {
        var ports = prepared.Allocation.Ports.ToDictionary(
            p => p.Variable.Name,
            p => p.Port,
            StringComparer.Ordinal
        );
        return WebUrls
            .Of(prepared.Allocation.Host, ports)
            .ToDictionary(u => ports[u.Key], u => u.Value);
    }

    private void Say(ContainerEngine engine, PreparedCompose prepared)
    {
        foreach (var note in prepared.Plan.Notes)
        {
            narrator.Say(note);
        }
        var published = prepared
            .Enabled.SelectMany(s => s.Value.Ports)
            .Select(p => p.Published)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var (port, url) in UrlsByPort(prepared))
        {
            if (published.Contains(port.ToString(CultureInfo.InvariantCulture)))
            {
                narrator.Say($"{ComposeHeldPorts.NameOf(prepared.Allocation, port)} {url}");
            }
        }
        if (engine.Machine is { } machine)
        {
            narrator.Say($"the ports of containers are those of '{machine}'");
        }
    }
}
