using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.EnvFiles;
using Worktree.Hooks.Git;
using Worktree.Hooks.Leases;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>What is to become of the worktree's databases.</summary>
internal enum DatabaseWish
{
    /// <summary>Copy those that the worktree does not have: <c>git worktree add</c> and builds.</summary>
    CopyMissing,

    /// <summary>Refresh them all from main.</summary>
    Sync,

    /// <summary>Refresh those whose <c>"onStart"</c> says so, copy those that are missing: the start of a stopped stack.</summary>
    SyncOnStart,

    /// <summary>Leave them alone.</summary>
    Keep,
}

/// <summary>A worktree to set up.</summary>
/// <param name="Environment">The environment of the process.</param>
/// <param name="Folder">Any folder in the worktree.</param>
/// <param name="Database">What is to become of its databases.</param>
internal sealed record SetupRequest(
    HostEnvironment Environment,
    string Folder,
    DatabaseWish Database
)
{
    /// <summary>Leased ports that a stranger holds and that are to be replaced.</summary>
    public IReadOnlySet<int> HeldByStrangers { get; init; } = new HashSet<int>();
}

/// <summary>What a worktree has after its setup.</summary>
/// <param name="Allocation">Names and ports.</param>
/// <param name="EnvFileWritten">False where <c>.env.local</c> was right already.</param>
internal sealed record SetupResult(Allocation Allocation, bool EnvFileWritten);

/// <summary>What happens to a worktree, from git's metadata to its own database: the hook, the build and the command line all call this.</summary>
internal static class WorktreeSetup
{
    /// <summary>
    /// Locates the worktree, leases its ports, writes <c>.env.local</c> and copies main's database. Each step is whole
    /// or not done; running it again completes what a crash left.
    /// </summary>
    /// <exception cref="WorktreeHooksException">The step that failed; the steps before it stay done.</exception>
    public static SetupResult Run(
        SetupRequest request,
        Narrator narrator,
        CancellationToken cancellation
    )
    {
        var (identity, configuration) = Identify(request.Folder);
        var allocation = LeaseAllocator.Allocate(
            ToAllocationRequest(request, identity, configuration),
            narrator
        );
        var written = EnvFile.Write(allocation, narrator);
        cancellation.ThrowIfCancellationRequested();
        if (written)
        {
            KeepOutOfGitStatus(allocation, narrator);
        }
        return new SetupResult(allocation, written);
    }

    /// <summary>Which worktree a folder lies in, and what its repository says about itself; changes nothing.</summary>
    public static KnownWorktree Identify(string folder) =>
        KnownWorktree.Of(CheckoutLocator.Locate(folder));

    internal static AllocationRequest ToAllocationRequest(
        SetupRequest request,
        WorktreeIdentity identity,
        WorktreeConfiguration configuration
    ) =>
        new(request.Environment, identity, configuration)
        {
            ReadSavedBlock = EnvFile.ReadSaved,
            HeldByStrangers = request.HeldByStrangers,
        };

    private static void KeepOutOfGitStatus(Allocation allocation, Narrator narrator)
    {
        try
        {
            ExcludeFile.Ensure(
                allocation.Identity.Checkout,
                [EnvFile.FileName, EnvFile.FileName + AtomicFile.TemporarySuffix]
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            narrator.Say(
                $"info/exclude could not be written, so git status may show '{EnvFile.FileName}': {e.Message}"
            );
        }
    }
}
