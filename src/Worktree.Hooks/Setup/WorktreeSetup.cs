using Worktree.Hooks.Configuration;
using Worktree.Hooks.Database;
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
/// <param name="Databases">What became of each database; empty where they were to be kept, or one failed.</param>
internal sealed record SetupResult(
    Allocation Allocation,
    bool EnvFileWritten,
    IReadOnlyList<DatabaseOutcome> Databases
)
{
    /// <summary>Why a database could not be copied; ports and <c>.env.local</c> are there all the same.</summary>
    public WorktreeHooksException? DatabaseTrouble { get; init; }

    /// <summary>True where something was written that a person wants to hear of.</summary>
    public bool HasNews =>
        EnvFileWritten || Databases.Any(d => d.Kind == DatabaseOutcomeKind.Copied);

    /// <summary>This result, for those who cannot go on without the databases.</summary>
    /// <exception cref="WorktreeHooksException"><see cref="DatabaseTrouble"/>.</exception>
    public SetupResult RequireDatabases() => DatabaseTrouble is null ? this : throw DatabaseTrouble;
}

/// <summary>What happens to a worktree, from git's metadata to its own database: the hook, the build and the command line all call this.</summary>
internal static class WorktreeSetup
{
    /// <summary>
    /// Locates the worktree, leases its ports, writes <c>.env.local</c> and copies main's database. Each step is whole
    /// or not done; running it again completes what a crash left.
    /// </summary>
    /// <exception cref="WorktreeHooksException">The step that failed; the steps before it stay done. A database that cannot be copied is told in the result.</exception>
    public static SetupResult Run(
        SetupRequest request,
        Narrator narrator,
        CancellationToken cancellation
    )
    {
        var (identity, configuration) = Identify(request.Folder);
        HookSeed.Ensure(identity.Checkout, identity.MainRoot);
        var allocation = LeaseAllocator.Allocate(
            ToAllocationRequest(request, identity, configuration),
            narrator
        );
        var written = EnvFile.Write(allocation, narrator);
        var result = CareForDatabases(
            request.Database,
            new SetupResult(allocation, written, []),
            new DatabaseCall(request.Environment, identity, narrator, cancellation)
            {
                EvadesOwners = configuration.HasImages,
            }
        );
        if (result.HasNews || result.DatabaseTrouble is not null)
        {
            KeepOutOfGitStatus(allocation, narrator);
        }
        return result;
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

    private static SetupResult CareForDatabases(
        DatabaseWish wish,
        SetupResult result,
        DatabaseCall call
    )
    {
        var databases = result.Allocation.Configuration.Databases;
        try
        {
            return wish switch
            {
                DatabaseWish.CopyMissing => result with
                {
                    Databases = DatabaseClone.CopyMissing(call, databases),
                },
                DatabaseWish.Sync => result with
                {
                    Databases = DatabaseClone.Sync(call, databases),
                },
                DatabaseWish.SyncOnStart => result with
                {
                    Databases =
                    [
                        .. DatabaseClone.Sync(call, [.. databases.Where(d => d.SyncOnStart)]),
                        .. DatabaseClone.CopyMissing(
                            call,
                            [.. databases.Where(d => !d.SyncOnStart)]
                        ),
                    ],
                },
                _ => result,
            };
        }
        catch (WorktreeHooksException e)
        {
            return result with { DatabaseTrouble = e };
        }
    }

    private static void KeepOutOfGitStatus(Allocation allocation, Narrator narrator)
    {
        try
        {
            ExcludeFile.Ensure(
                allocation.Identity.Checkout,
                [
                    EnvFile.FileName,
                    EnvFile.FileName + AtomicFile.TemporarySuffix,
                    .. allocation.Configuration.Databases.SelectMany(DatabasePlace.Ignorable),
                ]
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
