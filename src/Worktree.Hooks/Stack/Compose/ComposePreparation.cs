using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Stack;

/// <summary>A compose project that is ready to be started in its worktree.</summary>
/// <param name="Call">How Compose is called, with the override.</param>
/// <param name="Project">The project as it will run: ports and names are the worktree's own.</param>
/// <param name="Plan">What was overridden.</param>
/// <param name="Allocation">Names and ports, those for literal ports too.</param>
internal sealed record PreparedCompose(
    ComposeCall Call,
    ComposeProject Project,
    ComposePlan Plan,
    Allocation Allocation
)
{
    /// <summary>The services that a start starts.</summary>
    public IEnumerable<KeyValuePair<string, ComposeService>> Enabled =>
        Project.Enabled(Call.Files.Profiles);

    /// <summary>The names of those that others wait for until they have ended.</summary>
    public IReadOnlySet<string> OneShots =>
        Enabled
            .SelectMany(s => s.Value.DependsOn)
            .Where(d => d.Value.Condition == ComposeDependency.Completed)
            .Select(d => d.Key)
            .ToHashSet(StringComparer.Ordinal);
}

/// <summary>From the user's compose files to an override that sets this worktree apart; the files are not touched.</summary>
internal sealed class ComposePreparation(
    HostEnvironment environment,
    ComposeTool tool,
    ComposeFiles files,
    bool isForPodman
)
{
    /// <summary>Reads the files twice: with this worktree's variables, and, in a linked worktree, with main's.</summary>
    /// <exception cref="WorktreeHooksException">WTH5033: Compose does not accept them.</exception>
    public ComposeReading Read(Allocation allocation)
    {
        var call = CallOf(allocation);
        if (allocation.Identity.IsMain)
        {
            return new ComposeReading(call.Read(), null, allocation, isForPodman);
        }
        // Compose takes some time to read files: both at once.
        var asMain = Task.Run(() => ReadAsMain(call, allocation));
        var own = call.ReadWithWishes();
        return new ComposeReading(
            own,
            asMain.GetAwaiter().GetResult() ?? own,
            allocation,
            isForPodman
        );
    }

    /// <summary>Plans, writes the override into the private git dir, and reads what comes of it where that is something else.</summary>
    /// <exception cref="WorktreeHooksException">WTH5032: Compose is too old for it. WTH5034: something cannot be set apart.</exception>
    public PreparedCompose Prepare(ComposeReading reading)
    {
        var allocation = reading.Allocation;
        var plan = ComposePlanner.Plan(reading);
        if (!tool.KnowsOverrides && plan.NeedsTags is { Count: > 0 } needs)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.ComposeTooOld,
                $"Docker Compose {tool.Version} cannot override what would collide with main's: {string.Join(", ", needs)}. "
                    + $"Install {ComposeVersion.FirstWithOverride} or later, or write ports as variables (${{APP_PORT}}) and "
                    + "take fixed names away; main's own stack needs neither."
            );
        }
        var checkout = allocation.Identity.Checkout;
        var path = PathOf(checkout);
        Directory.CreateDirectory(checkout.StateDirectory);
        AtomicFile.WriteText(path, ComposeOverrideFile.Write(plan, checkout.GitDirectory));
        var call = CallOf(allocation) with { OverrideFile = path };
        // Main keeps all that its files say: its override adds labels alone, and reading takes a tenth of a second.
        var project = reading.AsMain is null ? reading.Own : call.Read();
        return new PreparedCompose(call, project, plan, allocation);
    }

    /// <summary>Where the override lies.</summary>
    public static string PathOf(Checkout checkout) =>
        Path.Combine(checkout.StateDirectory, ComposeOverrideFile.FileName);

    private ComposeCall CallOf(Allocation allocation) =>
        new()
        {
            Environment = environment,
            Tool = tool,
            Files = files,
            ProjectName = allocation.ProjectName,
            Variables = allocation.Variables,
        };

    // Main's own env files may lack what this branch's file needs; then this worktree's must do, with main's block.
    private ComposeProject? ReadAsMain(ComposeCall call, Allocation allocation)
    {
        var (projectName, variables) = MainBlock.Of(allocation.Identity, allocation.Configuration);
        var asMain = call with { ProjectName = projectName, Variables = variables };
        var candidates = new List<ComposeCall> { asMain };
        if (allocation.Identity.MainRoot is { } mainRoot)
        {
            var folder = Path.GetFullPath(
                Path.GetRelativePath(allocation.Identity.Checkout.Root, call.Files.Folder),
                mainRoot
            );
            var envFiles = ComposeFiles.EnvFilesOf(environment, mainRoot, folder);
            candidates.Insert(0, asMain with { Files = call.Files with { EnvFiles = envFiles } });
        }
        foreach (var candidate in candidates)
        {
            try
            {
                return candidate.Read();
            }
            catch (WorktreeHooksException)
            {
                // the next one, and at last the worktree's own reading: then everything is taken for fixed
            }
        }
        return null;
    }
}

/// <summary>The variables that main's block has, as seen from a linked worktree.</summary>
internal static class MainBlock
{
    /// <summary>Main's project name and block; its reserved name may differ by a suffix, which no file can know.</summary>
    public static (string ProjectName, IReadOnlyList<KeyValuePair<string, string>> Variables) Of(
        WorktreeIdentity identity,
        WorktreeConfiguration configuration
    )
    {
        var main = identity with { IsMain = true, Name = WorktreeIdentity.MainName };
        var lease = new Lease
        {
            GitDirectory = main.Checkout.CommonDirectory,
            CommonDirectory = main.Checkout.CommonDirectory,
            Root = main.MainRoot ?? main.Checkout.Root,
            ProjectName = main.ProjectName,
            Host = $"{main.HostLabel}.dev.localhost",
            Ports = configuration.Ports.ToDictionary(
                p => p.Name,
                p => p.Main,
                StringComparer.Ordinal
            ),
            MainPorts = [],
        };
        return (main.ProjectName, BlockVariables.Of(main, configuration, lease));
    }
}
