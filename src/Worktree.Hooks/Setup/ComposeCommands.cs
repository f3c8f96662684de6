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
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Checkout checkout = known.Identity.Checkout;

    /// <summary>True where the stack is a compose file: worktree.json names no services, and there is one.</summary>
    public static bool AreFor(HostEnvironment environment, KnownWorktree known) =>
        known.Configuration.Services.Count == 0
        && ComposeFiles.Find(environment, known.Identity.Checkout.Root, known.Configuration)
            is not null;

    /// <summary>True where a compose project of this worktree may run, whatever became of its file.</summary>
    public static bool MayRun(Checkout checkout) =>
        File.Exists(ComposePreparation.PathOf(checkout));

    /// <summary>Starts what does not run; see <see cref="StackCommands"/>.</summary>
    public void Start(Func<bool, DatabaseWish> wishOf)
    {
        try
        {
            using var engine = ContainerEngine.Connect(environment, cancellation);
            Start(engine, wishOf);
        }
        catch (EngineException e)
        {
            throw EngineErrors.Of(e, "the compose file");
        }
    }

    private void Start(ContainerEngine engine, Func<bool, DatabaseWish> wishOf)
    {
        var request = new SetupRequest(environment, checkout.Root, DatabaseWish.Keep);
        var prepared = Prepare(request);
        var stack = StackOf(engine, prepared);
        NameOthers(engine, prepared);
        if (stack.IsComplete())
        {
            narrator.Say("the stack runs already; nothing was changed");
            Say(prepared);
            return;
        }
        var ranBefore = stack.Running;
        prepared = WithFreePorts(engine, prepared, ranBefore);
        RequireOwnData(engine, prepared);
        var wish = wishOf(ranBefore.Count > 0);
        WorktreeSetup
            .Run(request with { Database = wish }, narrator, cancellation)
            .RequireDatabases();
        MakeFolders(prepared);
        try
        {
            for (var attempt = 1; !StackOf(engine, prepared).Up(); attempt++)
            {
                if (attempt > Attempts)
                {
                    throw new WorktreeHooksException(
                        ErrorCatalogue.ComposeStartFailed,
                        $"a port was taken by another program while the stack started, {Attempts} times in a row. Start "
                            + "it again when the machine is quieter."
                    );
                }
                prepared = WithFreePorts(engine, prepared, StackOf(engine, prepared).Running);
            }
            StackOf(engine, prepared).AwaitReady(UrlsByPort(prepared), Patience, environment);
        }
        catch
        {
            // Also after Ctrl+C: nothing half-started stays.
            new ComposeStack(engine, prepared, narrator, CancellationToken.None).TakeBack(
                ranBefore
            );
            throw;
        }
        Say(prepared);
    }

    private PreparedCompose Prepare(SetupRequest request)
    {
        var allocation = WorktreeSetup.Run(request, narrator, cancellation).Allocation;
        return ComposeSetup.Prepare(request, allocation, narrator)!;
    }

    private ComposeStack StackOf(ContainerEngine e, PreparedCompose p) =>
        new(e, p, narrator, cancellation);

    private PreparedCompose WithFreePorts(
        ContainerEngine engine,
        PreparedCompose prepared,
        IReadOnlySet<string> running
    )
    {
        var held = prepared
            .Enabled.Where(s => !running.Contains(s.Key))
            .SelectMany(s => s.Value.Ports)
            .Where(p => p.Protocol is null or "tcp")
            .Select(p => int.TryParse(p.Published, CultureInfo.InvariantCulture, out var n) ? n : 0)
            .Where(p => p > 0 && PortProbe.Probe(p) != PortState.Free)
            .ToHashSet();
        if (held.Count == 0)
        {
            return prepared;
        }
        var first = held.Min();
        var name = ComposeHeldPorts.NameOf(prepared.Allocation, first);
        if (known.Identity.IsMain || name is null)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.MainPortHeld,
                $"the compose file publishes port {first}{(name is null ? "" : $" ('{name}')")}, and {ComposeHeldPorts.Holder(environment, engine, first, cancellation)} "
                    + "listens on it. Stop that, or choose another port."
            );
        }
        var replaced = Prepare(
            new SetupRequest(environment, checkout.Root, DatabaseWish.Keep)
            {
                HeldByStrangers = held,
            }
        );
        foreach (var port in held)
        {
            narrator.Warn(
                new Diagnostic(
                    ErrorCatalogue.PortReplaced,
                    $"'{ComposeHeldPorts.NameOf(prepared.Allocation, port)}' was {port}, and {ComposeHeldPorts.Holder(environment, engine, port, cancellation)} listens on it; this "
                        + "worktree has another one from now on. Nothing needs to be done."
                )
            );
        }
        return replaced;
    }

    // Two servers on one data directory both start, and destroy it.
    private void RequireOwnData(ContainerEngine engine, PreparedCompose prepared)
    {
        foreach (var database in known.Configuration.Databases)
        {
            var path = Path.Combine(checkout.Root, database.Path);
            var stranger = Directory.Exists(path)
                ? engine
                    .ContainersOn(path, cancellation)
                    .FirstOrDefault(c =>
                        c.IsRunning
                        && c.Label(ComposeStack.ProjectLabel) != prepared.Call.ProjectName
                    )
                : null;
            if (stranger is not null)
            {
                throw new WorktreeHooksException(
                    ErrorCatalogue.DataDirectoryMounted,
                    $"'{path}' is mounted by container {stranger}, which is not of this project: two servers on one "
                        + $"directory destroy it. Stop it ('docker stop {stranger.Name}'), then start again."
                );
            }
        }
    }

    // The engine would make them as root.
    private void MakeFolders(PreparedCompose prepared)
    {
        foreach (
            var mount in prepared
                .Enabled.SelectMany(s => s.Value.Volumes)
                .Where(m => m.Type == "bind")
        )
        {
            var source = (mount.Source ?? "").Replace("$$", "$", StringComparison.Ordinal);
            if (
                mount.Bind?.CreateHostPath == true
                && source.StartsWith(
                    checkout.Root + Path.DirectorySeparatorChar,
                    StringComparison.Ordinal
                )
                && !File.Exists(source)
            )
            {
                Directory.CreateDirectory(source);
            }
        }
    }

    private void NameOthers(ContainerEngine engine, PreparedCompose prepared)
    {
        var running = engine
            .Containers(cancellation, ComposeOverrideFile.Label)
            .Where(c => c.IsRunning)
            .Select(c => c.Label(ComposeOverrideFile.Label))
            .ToHashSet(StringComparer.Ordinal);
        foreach (
            var row in WorktreeReport
                .Query(environment, checkout.Root, narrator)
                .Worktrees.Where(w => !w.Current && running.Contains(w.Checkout.GitDirectory))
        )
        {
            var ports = string.Join(", ", row.Ports.Select(p => $"{p.Key} {p.Value}"));
            narrator.Say(
                $"{row.Name} of {prepared.Allocation.Identity.Project} runs too ({ports}) and is left alone"
            );
        }
    }

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

    private void Say(PreparedCompose prepared)
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
    }
}
