using System.Text;
using System.Text.RegularExpressions;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;

namespace Worktree.Hooks.Leases;

/// <summary>Rebuilds leases from the worktrees' own <c>.env.local</c> files when the lease file is damaged.</summary>
internal static partial class LeaseSalvage
{
    /// <summary>
    /// The leases of every worktree that can still be found: those of this repository, and those whose git dirs stand
    /// in what is left of the file.
    /// </summary>
    public static IReadOnlyList<Lease> FromEnvFiles(
        ReadOnlySpan<byte> damaged,
        string commonDirectory,
        ReadSavedBlock readSavedBlock
    )
    {
        var repositories = QuotedPath()
            .Matches(Encoding.UTF8.GetString(damaged))
            .Select(m => m.Groups["path"].Value.Replace(@"\\", @"\", StringComparison.Ordinal))
            .Where(path => File.Exists(Path.Combine(path, "HEAD")))
            .Select(GitFiles.CommonDirectoryOf)
            .Append(commonDirectory)
            .Distinct(StringComparer.Ordinal);
        return
        [
            .. repositories
                .SelectMany(WorktreeList.Checkouts)
                .Select(checkout => FromBlock(checkout, readSavedBlock))
                .OfType<Lease>()
                .DistinctBy(l => l.GitDirectory, StringComparer.Ordinal),
        ];
    }

    private static Lease? FromBlock(Checkout checkout, ReadSavedBlock readSavedBlock)
    {
        if (
            Identify(checkout) is not var (identity, configuration)
            || readSavedBlock(checkout.Root) is not { } block
        )
        {
            return null;
        }
        if (block.WorktreeName != identity.Name)
        {
            return null;
        }
        var ports = configuration
            .Ports.Select(v => (v.Name, Port: block.Port(v.Name)))
            .Where(p => p.Port is not null)
            .ToDictionary(p => p.Name, p => p.Port!.Value, StringComparer.Ordinal);
        return new Lease
        {
            GitDirectory = checkout.GitDirectory,
            CommonDirectory = checkout.CommonDirectory,
            Root = checkout.Root,
            ProjectName =
                block.Values.GetValueOrDefault("COMPOSE_PROJECT_NAME") ?? identity.ProjectName,
            Host = block.Values.GetValueOrDefault("WORKTREE_HOST") ?? "",
            Ports = ports,
            MainPorts = [.. configuration.Ports.Select(v => v.Main)],
            HasContainers = MayHaveContainers(configuration),
        };
    }

    // Nobody remembers whether it had some: an engine is asked in vain rather than never.
    private static bool MayHaveContainers(WorktreeConfiguration configuration) =>
        configuration.Services is [] || configuration.Services.Any(s => s.Container is not null);

    private static KnownWorktree? Identify(Checkout checkout)
    {
        try
        {
            return KnownWorktree.Of(checkout);
        }
        catch (WorktreeHooksException)
        {
            // That repository's own commands will say what is wrong with it; its block is read when it is mended.
            return null;
        }
    }

    [GeneratedRegex(
        "\"(?<path>(/|[A-Za-z]:)[^\"]+)\"",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000
    )]
    private static partial Regex QuotedPath();
}
